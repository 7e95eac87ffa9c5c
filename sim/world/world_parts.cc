#include "rehearse/sim/world/world_parts.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "rehearse/actor/actor.h"
#include "rehearse/actor/exit_reason.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/net/membership/members.h"
#include "rehearse/sim/schedule/seeded_policy.h"
#include "rehearse/sim/world/census.h"
#include "rehearse/sim/world/oracles.h"

namespace rehearse::sim {
namespace {

// How long a node that ends waits for its tasks.
constexpr int kTasksEndMillisMax = 1000;

// How long a node that ends tells its cluster that it leaves.
constexpr absl::Duration kLeaveTimeout = absl::Seconds(1);

// Null where nobody listens and nothing is changed.
std::unique_ptr<DecisionLog> LogFor(const RunOptions& options) {
  if (options.overrides.empty() && options.on_decision == nullptr) return nullptr;
  return std::make_unique<DecisionLog>(options.overrides, options.on_decision);
}

}  // namespace

World::Parts::Parts(const RunOptions& options)
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

void World::Parts::Run(Instant limit, std::function<bool()> done) {
  if (failed) return;
  poller->set_limit(limit);
  poller->set_done(invariants.empty() ? std::move(done) : Watched(std::move(done)));
  scheduler.RunInline();
}

std::function<bool()> World::Parts::Watched(std::function<bool()> done) {
  return [this, done = std::move(done)] {
    if (const std::string* const broken = invariants.Broken()) {
      Fail(Verdict::kSafety, absl::StrCat("the invariant was broken: ", *broken), "");
    }
    return failed || (done != nullptr && done());
  };
}

void World::Parts::Observe(Observer& observer) {
  observers.Add(observer);
  scheduler.worker(0).observer = &observers;
}

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

void World::Parts::EachPair(const NodeGroup& some, const NodeGroup& others, absl::string_view what,
                            const std::function<void(NodeId, NodeId)>& each) {
  for (const NodeHandle a : some) {
    for (const NodeHandle b : others) {
      Record(a.sim().id, TraceKind::kFault, absl::StrCat(what, " ", b.name()));
      each(a.sim().id, b.sim().id);
    }
  }
}

}  // namespace rehearse::sim
