// A node of the simulated world, over all its lives.

#ifndef REHEARSE_SIM_WORLD_SIM_NODE_H_
#define REHEARSE_SIM_WORLD_SIM_NODE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "rehearse/actor/mark.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/rare_paths.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/actor/signals.h"
#include "rehearse/net/registry/fixed_names.h"
#include "rehearse/net/remote/peer_book.h"
#include "rehearse/net/remote/remote_router.h"
#include "rehearse/sim/network/sim_multicast.h"
#include "rehearse/sim/network/sim_network.h"
#include "rehearse/sim/network/sim_sockets.h"
#include "rehearse/sim/process/sim_processes.h"
#include "rehearse/sim/schedule/decisions.h"
#include "rehearse/sim/storage/sim_disk.h"
#include "rehearse/sim/storage/sim_files.h"
#include "rehearse/sim/world/sim_clock.h"

namespace rehearse::sim {

// A node's fault point: what happens at the n-th wait of its actors.
class CountdownFaults final : public FaultPoint {
 public:
  // At the `n`-th wait from now; 0: never.
  void Arm(SuspensionFault fault, uint64_t n) {
    fault_ = fault;
    left_ = n;
  }
  SuspensionFault AtSuspension(ActorId actor, const char*) override {
    if (left_ == 0 || !actor) return SuspensionFault::kNone;
    return --left_ == 0 ? fault_ : SuspensionFault::kNone;
  }

 private:
  SuspensionFault fault_ = SuspensionFault::kNone;
  uint64_t left_ = 0;
};

// A node's lines, as marks in the trace.
class TraceLog final : public Log {
 public:
  TraceLog(NodeId node, const VirtualTime& time, TraceSink& trace)
      : node_(node), time_(time), trace_(trace) {}
  void Write(Severity, absl::string_view line) override {
    trace_.Record(
        {.time = time_.now(), .node = node_, .actor = {}, .kind = TraceKind::kMark, .what = line});
  }

 private:
  const NodeId node_;
  const VirtualTime& time_;
  TraceSink& trace_;
};

// All that one incarnation stands on. After a crash it stays where it is, fenced, until the process
// ends: its stacks still point into it.
struct Incarnation {
  Incarnation(NodeOptions options, Scheduler& scheduler, const VirtualTime& time, TraceSink& trace,
              SimSwitch& hub, const net::PeerBook& peers, const net::NameBook& name_book,
              SimDisk& disk, const Executables& executables, RarePaths& rare_paths, Marks& marks)
      : clock(time),
        log(options.id, time, trace),
        network(hub, options.id),
        sockets(hub, options.id),
        multicast(hub.datagrams(), options.id),
        names(name_book, options.name),
        node(std::move(options), scheduler, clock, log),
        router(node, network, peers),
        files(disk),
        processes(node, executables) {
    node.set_router(&router);
    node.set_names(&names);
    node.Provide<net::Network>(network);
    node.Provide<net::Sockets>(sockets);
    node.Provide<net::Multicast>(multicast);
    node.Provide<Files>(files);
    node.Provide<Processes>(processes);
    node.Provide<net::Permissions>(router.permissions());
    node.Provide<net::PeerLanes>(router.lanes());
    node.Provide<RarePaths>(rare_paths);
    node.Provide<Marks>(marks);
    node.Provide(signals);
  }

  // At the `n`-th wait of its actors from now; 0: never. While nothing is to happen, nobody asks.
  void Arm(SuspensionFault fault, uint64_t n) {
    faults.Arm(fault, n);
    node.set_fault_point(n == 0 ? nullptr : &faults);
  }

  // Nothing of it runs any more; what others hold of it may outlive the world.
  void Leave() {
    node.Fence();
    node.set_reply_watch(nullptr);
  }

  SimClock clock;
  TraceLog log;
  CountdownFaults faults;
  SimNetwork network;
  SimSockets sockets;
  SimMulticast multicast;
  net::FixedNames names;
  Node node;
  net::RemoteRouter router;
  SimFiles files;
  SimProcesses processes;
  Signals signals;
  std::unique_ptr<net::Listener> listener;
  Task* program = nullptr;   // counted
  bool told_to_end = false;  // by a signal
};

class SimNode {
 public:
  SimNode(NodeId id, std::string name, Program program, std::vector<std::string> args,
          const Decisions& decisions, SimDisk::Told on_disk_fault)
      : id(id),
        name(std::move(name)),
        program(std::move(program)),
        args(std::move(args)),
        disk(decisions, id.value, std::move(on_disk_fault)) {}

  const NodeId id;
  const std::string name;
  const Program program;
  const std::vector<std::string> args;
  SimDisk disk;
  uint64_t incarnation = 0;
  Incarnation* current = nullptr;  // null while it is down; never destroyed
  bool crashed = false;            // down by a fault, not because it ended
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_WORLD_SIM_NODE_H_
