#include "rehearse/sim/world/world.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/check.h"
#include "rehearse/actor/exit_reason.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/net/membership/members.h"
#include "rehearse/sim/check/invariants.h"
#include "rehearse/sim/check/run_marks.h"
#include "rehearse/sim/fault/sim_rare_paths.h"
#include "rehearse/sim/fault/swarm.h"
#include "rehearse/sim/network/fabric.h"
#include "rehearse/sim/schedule/decisions.h"
#include "rehearse/sim/schedule/seeded_policy.h"
#include "rehearse/sim/trace/run_trace.h"
#include "rehearse/sim/world/census.h"
#include "rehearse/sim/world/leftovers.h"
#include "rehearse/sim/world/oracles.h"
#include "rehearse/sim/world/plan_carrier.h"
#include "rehearse/sim/world/reply_oracle.h"
#include "rehearse/sim/world/sim_node.h"
#include "rehearse/sim/world/traced_history.h"
#include "rehearse/sim/world/virtual_time.h"

namespace rehearse::sim {
namespace {

// How long a node that ends waits for its tasks.
constexpr int kTasksEndMillisMax = 1000;

// How long a node that ends tells its cluster that it leaves.
constexpr absl::Duration kLeaveTimeout = absl::Seconds(1);

// One world runs on a thread at a time; assertions in handlers find it here.
thread_local World* current_world = nullptr;

}  // namespace

class World::Parts final : public CheckContext {
 public:
  explicit Parts(const RunOptions& options)
      : options(options),
        decision_log(LogFor(options)),
        decisions(options.seed, decision_log.get()),
        plan_decisions(decisions.Open("plan")),
        trace(options.ring, options.on_event),
        scheduler({.workers = 1,
                   // One message an activation: each is a decision of the schedule.
                   .worker = {.quantum = 1, .poll_every = 0},
                   .make_policy =
                       [this](int) {
                         return std::make_unique<SeededPolicy>(decisions.Open("schedule"), time);
                       },
                   .make_poller =
                       [this](int) {
                         auto made = std::make_unique<SimPoller>(time);
                         poller = made.get();
                         return made;
                       }}),
        fabric(time, decisions, &trace),
        hub(fabric, scheduler),
        rare_paths(decisions,
                   [this](absl::string_view where) {
                     Record(CurrentNode().id(), TraceKind::kFault, absl::StrCat("buggify ", where));
                   }),
        marks([this](const MarkSite& site) {
          Fail(Verdict::kSafety,
               absl::StrCat(site.ToString(), " was broken on ", CurrentNode().name()), "");
        }),
        history([this] { return time.now(); }),
        traced_history(history, time, trace),
        replies([this](const std::string& what) { Fail(Verdict::kSafety, what, ""); }),
        plans([this](NodeHandle spared, absl::string_view why) {
          Record(spared.sim().id, TraceKind::kFault, why);
        }) {
    scheduler.worker(0).trace = &trace;
    poller->set_stop([this] { scheduler.RequestStop(); });
    poller->set_spinning([this](uint64_t steps) { OnSpinning(steps); });
    poller->set_now_and_then([this] { LookAtCrowd(); });
    fabric.AddHost(NodeId{0}, "");
    if (options.observer != nullptr) Observe(*options.observer);
  }

  std::string Describe() const override {
    return absl::StrCat("seed=0x", absl::Hex(options.seed), " virtual=", time.now().ToString());
  }

  void Run(Instant limit, std::function<bool()> done) {
    if (failed) return;
    poller->set_limit(limit);
    poller->set_done(invariants.empty() ? std::move(done) : Watched(std::move(done)));
    scheduler.RunInline();
  }
  // `done`, and a look at the invariants before.
  std::function<bool()> Watched(std::function<bool()> done) {
    return [this, done = std::move(done)] {
      if (const std::string* const broken = invariants.Broken()) {
        Fail(Verdict::kSafety, absl::StrCat("the invariant was broken: ", *broken), "");
      }
      return failed || (done != nullptr && done());
    };
  }

  void Start(SimNode& sim_node);
  void StartProgram(SimNode& sim_node, Incarnation& life);
  void End(SimNode& sim_node, Incarnation& life);
  void TakeDown(SimNode& sim_node, Fabric::HostState state, absl::string_view what);
  void Record(NodeId node, TraceKind kind, absl::string_view what, uint64_t a = 0) {
    trace.Record(
        {.time = time.now(), .node = node, .actor = {}, .kind = kind, .what = what, .a = a});
  }
  void Observe(Observer& observer) {
    observers.Add(observer);
    scheduler.worker(0).observer = &observers;
  }
  static std::unique_ptr<DecisionLog> LogFor(const RunOptions& options) {
    if (options.overrides.empty() && options.on_decision == nullptr) return nullptr;
    return std::make_unique<DecisionLog>(options.overrides, options.on_decision);
  }
  void OnSpinning(uint64_t steps);
  void LookAtCrowd();
  bool IsEmpty() const;
  void ConsultOracles();
  void HealNodes(World& world, const NodeGroup& healed, absl::string_view what);
  void Settle(World& world, absl::Duration limit, const std::function<bool()>& converged);
  void Fail(Verdict verdict, const std::string& reason, const std::string& explanation);
  bool OnException(const std::exception_ptr& thrown);
  // Tells the trace of each, and does it.
  void EachPair(const NodeGroup& some, const NodeGroup& others, absl::string_view what,
                const std::function<void(NodeId, NodeId)>& each) {
    for (const NodeHandle a : some) {
      for (const NodeHandle b : others) {
        Record(a.sim().id, TraceKind::kFault, absl::StrCat(what, " ", b.name()));
        each(a.sim().id, b.sim().id);
      }
    }
  }

  const RunOptions options;
  VirtualTime time;
  const std::unique_ptr<DecisionLog> decision_log;  // null: nobody listens, nothing is changed
  const Decisions decisions;
  DecisionStream plan_decisions;
  RunTrace trace;
  Observers observers;
  SimPoller* poller = nullptr;
  Scheduler scheduler;
  Fabric fabric;
  SimSwitch hub;
  net::PeerBook peers;
  net::NameBook names;
  Executables executables;
  SimRarePaths rare_paths;
  RunMarks marks;
  RecordedHistory history;
  TracedHistory traced_history;
  ReplyOracle replies;
  Leftovers leftovers;
  std::vector<std::unique_ptr<SimNode>> sim_nodes;
  NodeGroup nodes;
  Invariants invariants;
  PlanCarrier plans;
  bool safety_only = false;
  bool failed = false;
  uint64_t plan_era = 0;  // plans of an earlier one are stopped
  RunResult result;
};

void World::Parts::Start(SimNode& sim_node) {
  ++sim_node.incarnation;
  sim_node.crashed = false;
  Record(sim_node.id, TraceKind::kNodeStart, sim_node.name, sim_node.incarnation);
  observers.NodeBegan(sim_node.id, sim_node.name, time.now());
  fabric.SetHostState(sim_node.id, Fabric::HostState::kUp);
  NodeOptions options;
  options.id = sim_node.id;
  options.name = sim_node.name;
  options.incarnation = sim_node.incarnation;
  options.args = sim_node.args;
  options.seed = decisions
                     .Named(absl::StrCat("seed of ", sim_node.name, "/", sim_node.incarnation),
                            decisions.random("node").Split(sim_node.name, sim_node.incarnation))
                     .Bits();
  // Left behind at a crash, and at the end of the run: see Incarnation.
  auto* const life = new Incarnation(std::move(options), scheduler, time, trace, hub, peers, names,
                                     sim_node.disk, executables, rare_paths, marks);
  sim_node.current = life;
  life->node.set_history(&traced_history);
  life->node.set_reply_watch(&replies);
  life->node.set_on_exception(
      [this](const std::exception_ptr& thrown) { return OnException(thrown); });

  absl::StatusOr<std::unique_ptr<net::Listener>> listener =
      life->network.Listen(absl::StrCat("/sim/", sim_node.name));
  REHEARSE_CHECK(listener.ok(), listener.status().ToString());
  life->listener = *std::move(listener);
  Task::Start(life->node, "serve", [life] { life->router.Serve(*life->listener); }).Unref();
  life->node.set_on_shutdown([this, life, &sim_node] { End(sim_node, *life); });
  StartProgram(sim_node, *life);
}

void World::Parts::StartProgram(SimNode& sim_node, Incarnation& life) {
  life.program = &Task::Start(
      life.node, "program",
      [this, &life, &sim_node] {
        const absl::Status status = sim_node.program(life.node);
        const bool told_to_end = life.node.shutting_down() && absl::IsCancelled(status);
        if (!status.ok() && !told_to_end) {
          Fail(Verdict::kSafety,
               absl::StrCat("the program of ", sim_node.name, " failed: ", status.ToString()), "");
        }
      },
      [this, &sim_node](GuardResult, const std::exception_ptr& thrown) {
        if (thrown == nullptr) return;
        Fail(Verdict::kSafety,
             absl::StrCat("the program of ", sim_node.name, " threw: ", PanicText(thrown)), "");
      });
}

// As a process that is told to end: program and actors first, then what carries them.
void World::Parts::End(SimNode& sim_node, Incarnation& life) {
  Record(sim_node.id, TraceKind::kNodeStop, "shutting down");
  leftovers.Watch(life.node);
  life.program->RequestStop();
  Task::Start(
      life.node, "shutdown",
      [&life] {
        if (const absl::Status status = life.node.StopActors(); !status.ok()) {
          life.log.Write(Severity::kError, status.message());
        }
        if (auto* const members = life.node.Find<net::Members>(); members != nullptr) {
          members->Leave(life.node.DeadlineIn(kLeaveTimeout)).IgnoreError();
        }
        life.node.DropExports();
        life.listener->Close();
        life.router.Close();
        // What is left are tasks that see their streams end.
        for (int i = 0; i < kTasksEndMillisMax && life.node.tasks() > 1; ++i) {
          (void)Sleep(absl::Milliseconds(1));
        }
      },
      [this, &sim_node](GuardResult, const std::exception_ptr&) {
        TakeDown(sim_node, Fabric::HostState::kDown, "ended");
      })
      .Unref();
}

void World::Parts::TakeDown(SimNode& sim_node, Fabric::HostState state, absl::string_view what) {
  Record(sim_node.id, TraceKind::kNodeStop, what);
  // Fenced first: nothing that it still does reaches anybody.
  sim_node.current->Leave();
  sim_node.current = nullptr;
  fabric.SetHostState(sim_node.id, state);
  hub.OnHostDown(sim_node.id, state == Fabric::HostState::kSilent);
}

void World::Parts::OnSpinning(uint64_t steps) {
  const std::vector<std::string> lines = trace.LastLines();
  Fail(Verdict::kLiveness,
       absl::StrCat("the run does not come to rest: ", steps,
                    " steps without waiting; the last: ", lines.empty() ? "none" : lines.back()),
       "");
}

void World::Parts::LookAtCrowd() {
  const size_t held = HeldBy(scheduler);
  if (failed || held <= options.held_max) return;
  std::vector<Node*> up;
  for (const NodeHandle node : nodes) {
    if (node.up()) up.push_back(&node.node());
  }
  Fail(Verdict::kLiveness,
       absl::StrCat("the run holds ", held, " actors and messages, more than ", options.held_max,
                    ": ", DescribeCrowd(up)),
       "");
}

// Whether all nodes have ended, none of them by a fault.
bool World::Parts::IsEmpty() const {
  return std::none_of(nodes.begin(), nodes.end(),
                      [](NodeHandle node) { return node.up() || node.sim().crashed; });
}

void World::Parts::ConsultOracles() {
  Worker& worker = scheduler.worker(0);
  if (failed || safety_only || !AtRest(worker) || time.next() != Instant::Infinite()) return;
  for (const NodeHandle node : nodes) {
    if (!node.up() || !node.node().running()) continue;
    if (const std::string lost = FindLostMessage(node.node(), worker); !lost.empty()) {
      return Fail(Verdict::kLiveness, lost, "");
    }
  }
  if (IsEmpty()) {
    if (const std::string left = leftovers.Find(); !left.empty()) {
      return Fail(Verdict::kSafety, left, "");
    }
  }
  // Who waits for what a partition holds back may go on when it is over.
  if (!fabric.IsWhole()) return;
  const std::string deadlock =
      FindDeadlock(worker, [this](NodeId node) { return fabric.host_name(node); });
  if (!deadlock.empty()) Fail(Verdict::kLiveness, deadlock, "");
}

// Plans end, links and the nodes are as at first.
void World::Parts::HealNodes(World& world, const NodeGroup& healed, absl::string_view what) {
  ++plan_era;
  Record({}, TraceKind::kFault, absl::StrCat("heal ", what));
  fabric.SetLinks({});
  rare_paths.Turn(false);
  for (const NodeHandle node : healed) {
    node.sim().disk.Heal();
    if (node.up()) {
      world.Resume(node);
      world.SetClock(node, absl::ZeroDuration(), 0);
      node.sim().current->Arm(SuspensionFault::kNone, 0);
    } else if (node.sim().crashed) {
      world.Restart(node);
    }
  }
}

void World::Parts::Settle(World& world, absl::Duration limit,
                          const std::function<bool()>& converged) {
  if (world.RunUntil(converged, limit) || safety_only) return;
  Fail(Verdict::kLiveness,
       absl::StrCat("no convergence within ", absl::FormatDuration(limit),
                    " of virtual time after all was healed"),
       "");
}

void World::Parts::Fail(Verdict verdict, const std::string& reason,
                        const std::string& explanation) {
  if (std::exchange(failed, true)) return;
  Record({}, TraceKind::kFault, absl::StrCat("failed: ", reason));
  result.verdict = verdict;
  result.reason = reason;
  result.explanation = explanation;
  scheduler.RequestStop();
}

bool World::Parts::OnException(const std::exception_ptr& thrown) {
  std::string what;
  if (options.is_assertion == nullptr || !options.is_assertion(thrown, what)) return false;
  Fail(Verdict::kSafety, what, "");
  return true;
}

// --- NodeHandle.

const std::string& NodeHandle::name() const { return node_->name; }
std::string NodeHandle::ip() const { return SimSockets::IpOf(node_->id); }
bool NodeHandle::up() const { return node_->current != nullptr; }
uint64_t NodeHandle::incarnation() const { return node_->incarnation; }
Node& NodeHandle::node() const {
  REHEARSE_CHECK(up(), absl::StrCat("node ", name(), " is down"));
  return node_->current->node;
}

// --- World.

World::World(const RunOptions& options) : parts_(std::make_unique<Parts>(options)) {
  current_world = this;
}

World::~World() {
  current_world = nullptr;
  for (const std::unique_ptr<SimNode>& node : parts_->sim_nodes) {
    if (node->current != nullptr) node->current->Leave();
  }
  shared_.clear();  // which may hold refs
}

World* World::Current() { return current_world; }

NodeHandle World::AddNode(const std::string& name, Program program, std::vector<std::string> args) {
  for (const std::unique_ptr<SimNode>& node : parts_->sim_nodes) {
    REHEARSE_CHECK(node->name != name, absl::StrCat("two nodes are called ", name));
  }
  const NodeId id{static_cast<uint32_t>(parts_->sim_nodes.size() + 1)};
  parts_->sim_nodes.push_back(std::make_unique<SimNode>(
      id, name, std::move(program), std::move(args), parts_->decisions,
      [this, id](absl::string_view what) { parts_->Record(id, TraceKind::kFault, what); }));
  SimNode& node = *parts_->sim_nodes.back();
  parts_->trace.NameNode(id.value, name);
  parts_->fabric.AddHost(id, name);
  parts_->peers.Add(name, absl::StrCat("/sim/", name));
  parts_->nodes.push_back(NodeHandle(node));
  parts_->Start(node);
  return NodeHandle(node);
}

void World::PlaceName(absl::string_view name, absl::string_view node) {
  REHEARSE_CHECK(parts_->names.Add(name, node),
                 absl::StrCat("the name ", name, " was placed on another node before"));
}

void World::AddExecutable(absl::string_view path, Executable executable) {
  parts_->executables[std::string(path)] = std::move(executable);
}

NodeGroup World::AddNodes(const std::string& name, int count, Program program,
                          std::vector<std::string> args) {
  NodeGroup added;
  for (int i = 1; i <= count; ++i)
    added.push_back(AddNode(absl::StrCat(name, "-", i), program, args));
  return added;
}

Instant World::now() const { return parts_->time.now(); }

void World::RunFor(absl::Duration length) { parts_->Run(now() + length, nullptr); }

bool World::RunUntil(const std::function<bool()>& done, absl::Duration limit) {
  if (done()) return true;
  bool reached = false;
  parts_->Run(now() + limit, [&] { return reached = reached || done(); });
  return reached;
}

void World::HealAndSettle(absl::Duration limit, const std::function<bool()>& converged) {
  if (failed()) return;
  parts_->fabric.HealAll();
  parts_->HealNodes(*this, nodes(), "everything");
  parts_->Settle(*this, limit, converged);
}

void World::HealAndSettle(absl::Duration limit, const std::function<bool()>& converged,
                          const NodeGroup& core) {
  if (failed()) return;
  for (const NodeHandle a : core) {
    for (const NodeHandle b : core) parts_->fabric.Heal(a.sim().id, b.sim().id);
  }
  parts_->HealNodes(*this, core, "a core");
  parts_->Settle(*this, limit, converged);
}

void World::Crash(NodeHandle handle, CrashOptions options) {
  SimNode& node = handle.sim();
  if (node.current != nullptr) {
    node.crashed = true;
    parts_->TakeDown(node, options.silent ? Fabric::HostState::kSilent : Fabric::HostState::kDown,
                     options.silent ? "crash, silently" : "crash");
  }
  if (options.disk == CrashOptions::Disk::kKeep) return;
  const bool wipe = options.disk == CrashOptions::Disk::kWipe;
  parts_->Record(node.id, TraceKind::kFault, wipe ? "the disk is wiped" : "power failure");
  if (wipe) {
    node.disk.Wipe();
  } else {
    node.disk.LosePower();
  }
}

void World::Restart(NodeHandle handle) {
  if (handle.sim().current == nullptr) parts_->Start(handle.sim());
}

void World::Stop(NodeHandle handle) {
  if (handle.up()) handle.node().Shutdown();
}

void World::Raise(NodeHandle handle, Signal signal) {
  if (!handle.up()) return;
  parts_->Record(handle.sim().id, TraceKind::kFault, SignalName(signal));
  Incarnation& life = *handle.sim().current;
  if (life.node.shutting_down()) {
    if (EndsNode(signal) && std::exchange(life.told_to_end, true)) Crash(handle);
  } else if (!life.signals.Raise(signal)) {
    if (!EndsNode(signal)) return Crash(handle);
    life.told_to_end = true;
    Stop(handle);
  }
}

void World::Pause(NodeHandle handle) {
  if (!handle.up()) return;
  parts_->Record(handle.sim().id, TraceKind::kFault, "pause");
  handle.node().Pause();
}

void World::Resume(NodeHandle handle) {
  if (!handle.up() || handle.node().running()) return;
  parts_->Record(handle.sim().id, TraceKind::kFault, "resume");
  handle.node().Domain::Resume();
}

void World::Partition(const NodeGroup& side, const NodeGroup& other) {
  PartitionOneWay(side, other);
  PartitionOneWay(other, side);
}

void World::PartitionOneWay(const NodeGroup& from, const NodeGroup& to) {
  parts_->EachPair(from, to, "cut off from",
                   [&](NodeId a, NodeId b) { parts_->fabric.Block(a, b); });
}

void World::SlowDown(const NodeGroup& from, const NodeGroup& to, absl::Duration extra) {
  parts_->EachPair(from, to, "slow to",
                   [&](NodeId a, NodeId b) { parts_->fabric.Slow(a, b, extra); });
}

void World::Clog(const NodeGroup& from, const NodeGroup& to, absl::Duration length) {
  parts_->EachPair(from, to, "clogged to",
                   [&](NodeId a, NodeId b) { parts_->fabric.Clog(a, b, length); });
}

void World::Mend(const NodeGroup& side, const NodeGroup& other) {
  const auto mend = [&](NodeId a, NodeId b) { parts_->fabric.Unblock(a, b); };
  parts_->EachPair(side, other, "mended to", mend);
  parts_->EachPair(other, side, "mended to", mend);
}

void World::ResetStreams(const NodeGroup& side, const NodeGroup& other) {
  ResetStreamsOneWay(side, other);
  ResetStreamsOneWay(other, side);
}

void World::ResetStreamsOneWay(const NodeGroup& side, const NodeGroup& other) {
  parts_->EachPair(side, other, "reset from",
                   [&](NodeId a, NodeId b) { parts_->hub.ResetStreams(a, b); });
}

void World::RebindPorts(NodeHandle handle) {
  parts_->Record(handle.sim().id, TraceKind::kFault, "its ports are seen under other numbers");
  parts_->hub.datagrams().Rebind(handle.sim().id);
}

void World::Heal() {
  parts_->Record({}, TraceKind::kFault, "heal the network");
  parts_->fabric.HealAll();
}

void World::SetLinks(const LinkOptions& options) {
  parts_->Record({}, TraceKind::kFault, "links change");
  parts_->fabric.SetLinks(options);
}

void World::SetLink(NodeHandle from, NodeHandle to, const LinkOptions& options) {
  parts_->Record(from.sim().id, TraceKind::kFault, absl::StrCat("link to ", to.name(), " changes"));
  parts_->fabric.SetLink(from.sim().id, to.sim().id, options);
}

void World::PanicAtSuspension(NodeHandle handle, uint64_t n) {
  if (!handle.up()) return;
  parts_->Record(handle.sim().id, TraceKind::kFault,
                 n == 0 ? "no panic is armed" : "a panic is armed", n);
  handle.sim().current->Arm(SuspensionFault::kPanic, n);
}

void World::KillAtSuspension(NodeHandle handle, uint64_t n) {
  if (!handle.up()) return;
  parts_->Record(handle.sim().id, TraceKind::kFault,
                 n == 0 ? "no kill is armed" : "a kill is armed", n);
  handle.sim().current->Arm(SuspensionFault::kKill, n);
}

void World::SetClock(NodeHandle handle, absl::Duration offset, int64_t drift_ppm) {
  if (!handle.up()) return;
  parts_->Record(handle.sim().id, TraceKind::kFault, "clock changes",
                 static_cast<uint64_t>(drift_ppm));
  handle.sim().current->clock.Set(offset, drift_ppm);
}

void World::TakeRarePaths(bool on) {
  parts_->Record({}, TraceKind::kFault, on ? "rare paths are taken" : "no rare path is taken");
  parts_->rare_paths.Turn(on);
}

void World::SetDisk(NodeHandle handle, const DiskFaults& faults) {
  parts_->Record(handle.sim().id, TraceKind::kFault, absl::StrCat("disk ", faults.ToString()));
  handle.sim().disk.SetFaults(faults);
}

void World::HealDisk(NodeHandle handle) {
  parts_->Record(handle.sim().id, TraceKind::kFault, "heal the disk");
  handle.sim().disk.Heal();
}

void World::Inject(FaultPlan plan) {
  for (Fault& fault : plan.faults) {
    if (fault.kind == Fault::Kind::kBuggify && fault.at == absl::ZeroDuration()) {
      TakeRarePaths(true);  // before the programs ask for their knobs
      continue;
    }
    // Each is a decision of its own, which a replay may take otherwise.
    if (!parts_->plan_decisions.Chance(Ratio::Always())) continue;
    parts_->time.At(now() + fault.at, [this, fault = std::move(fault), era = parts_->plan_era] {
      if (era == parts_->plan_era) parts_->plans.Carry(*this, fault);
    });
  }
}

void World::KeepUp(const NodeGroup& nodes, size_t least) { parts_->plans.KeepUp(nodes, least); }

void World::Inject(const Swarm& swarm) {
  if (swarm.beyond_tolerance) JudgeSafetyOnly();
  std::vector<std::string> names;
  for (const NodeHandle node : nodes()) names.push_back(node.name());
  FaultPlan plan = parts_->options.plan.has_value() ? *parts_->options.plan
                                                    : DrawPlan(swarm, names, parts_->decisions);
  for (const Fault& fault : plan.faults) {
    parts_->Record({}, TraceKind::kFault, absl::StrCat("planned: ", fault.ToString()));
  }
  Inject(std::move(plan));
}

void World::Fail(Verdict verdict, const std::string& reason, const std::string& explanation) {
  parts_->Fail(verdict, reason, explanation);
}

void World::Invariant(const std::string& name, std::function<bool()> holds) {
  parts_->invariants.Add(name, std::move(holds));
}

void World::JudgeSafetyOnly() { parts_->safety_only = true; }

bool World::failed() const { return parts_->failed; }
RecordedHistory& World::history() { return parts_->history; }
Random World::random(absl::string_view label) const { return parts_->decisions.random(label); }
uint64_t World::seed() const { return parts_->options.seed; }
const std::vector<std::string>& World::args() const { return parts_->options.args; }
const NodeGroup& World::nodes() const { return parts_->nodes; }
void World::Observe(Observer& observer) { parts_->Observe(observer); }
FabricCounters World::network_counters() const { return parts_->fabric.counters(); }

RunResult World::Finish() {
  parts_->ConsultOracles();
  RunResult result = parts_->result;
  result.hash = parts_->trace.hash();
  result.events = parts_->trace.events();
  result.virtual_time = now();
  result.last_events = parts_->trace.LastLines();
  result.marks = parts_->marks.met();
  if (parts_->decision_log != nullptr) result.unapplied = parts_->decision_log->Unapplied();
  return result;
}

}  // namespace rehearse::sim
