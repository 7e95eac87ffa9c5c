// A whole cluster inside one thread, from one seed.
//
//   auto servers = world.AddNodes("server", 3, Server);
//   world.Partition({servers[0]}, {servers[1], servers[2]});
//   world.RunFor(absl::Seconds(5));
//   world.Heal();

#ifndef REHEARSE_SIM_WORLD_WORLD_H_
#define REHEARSE_SIM_WORLD_WORLD_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <typeindex>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/env/observer.h"
#include "rehearse/actor/env/random.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/signals.h"
#include "rehearse/sim/check/recorded_history.h"
#include "rehearse/sim/fault/fault_plan.h"
#include "rehearse/sim/fault/swarm.h"
#include "rehearse/sim/network/fabric.h"
#include "rehearse/sim/network/link.h"
#include "rehearse/sim/process/executable.h"
#include "rehearse/sim/storage/disk_faults.h"
#include "rehearse/sim/world/run.h"

namespace rehearse::sim {

class SimNode;

// A node of the world, alive or not. A value; valid as long as the world.
class NodeHandle {
 public:
  NodeHandle() = default;
  explicit NodeHandle(SimNode& node) : node_(&node) {}
  const std::string& name() const;
  // Its address on the simulated network, for protocols of programs' own (net::SocketsOf): the same
  // in all its lives.
  std::string ip() const;
  // Until it crashes, or has ended.
  bool up() const;
  // How often it was started: 1 for the first.
  uint64_t incarnation() const;
  // The running node; only while up(), and not kept over a crash.
  Node& node() const;
  SimNode& sim() const { return *node_; }
  friend bool operator==(NodeHandle, NodeHandle) = default;

 private:
  SimNode* node_ = nullptr;
};

using NodeGroup = std::vector<NodeHandle>;

struct CrashOptions {
  // What the node's next life finds on its disk.
  enum class Disk : uint8_t {
    kKeep,          // all that was written: only the process died
    kLoseUnsynced,  // what was synced, and of the rest what the disk's faults say: a power failure
    kWipe,          // nothing: it is another disk
  };

  // The machine is gone, not only the process: peers are not told, their streams time out.
  bool silent = false;
  Disk disk = Disk::kKeep;
};

class World {
 public:
  explicit World(const RunOptions& options);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // --- The cast.

  // Starts a node that runs `program`. Names are unique.
  NodeHandle AddNode(const std::string& name, Program program, std::vector<std::string> args = {});
  // "server-1" to "server-3".
  NodeGroup AddNodes(const std::string& name, int count, Program program,
                     std::vector<std::string> args = {});

  // Says that `node` has the actor `name`, which is then found without @node; before the nodes that
  // look it up run. As --where does for real.
  void PlaceName(absl::string_view name, absl::string_view node);

  // Puts a program at `path` on all hosts: what programs that start child processes
  // (ProcessesOf) find there.
  void AddExecutable(absl::string_view path, Executable executable);

  // --- Time.

  void RunFor(absl::Duration length);
  // Runs until `done`, asked after each event, or for `limit`; whether it was done.
  bool RunUntil(const std::function<bool()>& done, absl::Duration limit);
  // Stops all plans, heals the network and the disks, takes armed panics and rare paths back, sets
  // clocks right,
  // resumes what is paused, restarts what crashed, and runs until `converged`; if that takes longer
  // than `limit` of virtual time, the seed fails (liveness). Nodes that have ended stay away.
  void HealAndSettle(absl::Duration limit, const std::function<bool()>& converged);
  // The same for the nodes of `core` and the links between them alone; what is wrong with others
  // stays so. After FoundationDB's and TigerBeetle's liveness phases: a core that is whole must do
  // without the rest.
  void HealAndSettle(absl::Duration limit, const std::function<bool()>& converged,
                     const NodeGroup& core);
  Instant now() const;

  // --- Faults, now. For plans see Inject.

  // Of a node that is down, the disk alone is concerned.
  void Crash(NodeHandle node, CrashOptions options = {});
  // Starts a node that is down, because it crashed or has ended: its next incarnation.
  void Restart(NodeHandle node);
  // Asks the node to end, as SIGTERM would, and as its own node.Shutdown() does: program and actors
  // are stopped, newest first, then its streams are closed, and it is gone. Returns at once; that
  // takes virtual time. Nobody restarts it but Restart.
  void Stop(NodeHandle node);
  // The node's process is sent `signal`: actors that subscribed to it are told, and if there are
  // none, it does what it does for real (actor/signals.h). One that ends a process at once is a
  // crash, as is a second SIGINT or SIGTERM for a node that is ending.
  void Raise(NodeHandle node, Signal signal);
  // Nothing of the node runs until Resume, while time goes on and frames for it arrive.
  void Pause(NodeHandle node);
  void Resume(NodeHandle node);
  // Nothing from one side reaches the other.
  void Partition(const NodeGroup& side, const NodeGroup& other);
  // Nothing from `from` reaches `to`; the way back is open.
  void PartitionOneWay(const NodeGroup& from, const NodeGroup& to);
  // What goes from `from` to `to` takes `extra` longer.
  void SlowDown(const NodeGroup& from, const NodeGroup& to, absl::Duration extra);
  // What goes from `from` to `to` within `length` waits until then, and arrives all at once.
  void Clog(const NodeGroup& from, const NodeGroup& to, absl::Duration length);
  // Ends one partition between the two.
  void Mend(const NodeGroup& side, const NodeGroup& other);
  // Ends all partitions, clogs and slow links.
  void Heal();
  // Breaks the streams between the two, for both ends.
  void ResetStreams(const NodeGroup& side, const NodeGroup& other);
  // Breaks those of `side` with `other` at the ends of `side` alone: half-open, `other` learns of
  // it when it writes.
  void ResetStreamsOneWay(const NodeGroup& side, const NodeGroup& other);
  // As when a NAT in front of the node forgets: its datagram sockets are seen under other ports
  // from now on, and are no longer reached under those that they had.
  void RebindPorts(NodeHandle node);
  // From now on, on all links, or on one direction.
  void SetLinks(const LinkOptions& options);
  void SetLink(NodeHandle from, NodeHandle to, const LinkOptions& options);
  // The `n`-th wait of the node's actors from now panics (1: the next), or is where its actor is
  // killed; programs' own waits do not count. Either takes the place of what was armed before; 0
  // takes it back.
  void PanicAtSuspension(NodeHandle node, uint64_t n);
  void KillAtSuspension(NodeHandle node, uint64_t n);
  // From now on the node's calendar (Clock::WallTime) is `offset` off, and its clock, the calendar
  // with it, gains `drift_ppm` microseconds a second. What Clock::Now reads goes on from where it
  // is: it never jumps or goes back. Both take the place of what was set before; a restart forgets
  // them.
  void SetClock(NodeHandle node, absl::Duration offset, int64_t drift_ppm);
  // From now on REHEARSE_BUGGIFY() fires now and then, and knobs that nobody has asked for yet are
  // turned (actor/rare_paths.h), or not any more.
  void TakeRarePaths(bool on);
  // From now on, in place of what was set before; over all the node's lives. What is damaged
  // already stays so.
  void SetDisk(NodeHandle node, const DiskFaults& faults);
  // No faults any more, and what was damaged reads as it was written. What was lost stays lost.
  void HealDisk(NodeHandle node);
  // A budget of what plans may do: a fault of theirs that would leave fewer than `least` of `nodes`
  // up and not paused is not carried out, and the trace says so. What the test does by hand, it
  // does.
  void KeepUp(const NodeGroup& nodes, size_t least);
  // Carries the plan out while the world runs, beside those injected before.
  void Inject(FaultPlan plan);
  // A plan drawn from the seed.
  void Inject(const Swarm& swarm);

  // --- Judging.

  // Fails the seed. The first failure counts.
  void Fail(Verdict verdict, const std::string& reason, const std::string& explanation = "");
  bool failed() const;
  RecordedHistory& history();
  // From the next Run on, `holds` is asked after each step; the first time that it is false fails
  // the seed (safety) by that name. It looks, and does nothing.
  void Invariant(const std::string& name, std::function<bool()> holds);
  // More fails than the program is made to survive: that it does not converge, and waits for ever,
  // is no failure of the seed. Swarm::beyond_tolerance says this too.
  void JudgeSafetyOnly();

  // --- What programs and the test share: one T a world, made at first use.
  template <typename T>
  T& Shared() {
    std::shared_ptr<void>& slot = shared_[std::type_index(typeid(T))];
    if (slot == nullptr) slot = std::make_shared<T>();
    return *static_cast<T*>(slot.get());
  }

  // Has `observer` told of all actors of the world, from now on; add it before what it is to see. A
  // run that is observed goes as it would; only what its nodes send each other may be some bytes
  // longer (Observer::SentElsewhere), and its hash then another. Not owned.
  void Observe(Observer& observer);

  // What the network did so far.
  FabricCounters network_counters() const;

  // A stream of chance of the test's own.
  Random random(absl::string_view label) const;
  uint64_t seed() const;
  const std::vector<std::string>& args() const;
  const NodeGroup& nodes() const;

  // Ends the run: what came out. The world does nothing more. If nothing could happen any more, and
  // all nodes can reach each other, then who waits for another's answer or mailbox fails the seed
  // (liveness: a deadlock), and so does who has mail and does not handle it. If all nodes have
  // ended besides, an actor that was there when its node was told to end, and lives yet or has a
  // ref left, fails it too (safety: a leak); the test's own refs count, those in Shared as well.
  // During the run, an answer to an ask that has had one fails it (safety: a duplicated reply).
  RunResult Finish();

  // The world that runs on this thread; null outside of a run.
  static World* Current();

  class Parts;
  Parts& parts() { return *parts_; }

 private:
  std::map<std::type_index, std::shared_ptr<void>> shared_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_WORLD_WORLD_H_
