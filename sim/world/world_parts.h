// What a world consists of, and what happens in it without anybody's call.

#ifndef REHEARSE_SIM_WORLD_WORLD_PARTS_H_
#define REHEARSE_SIM_WORLD_WORLD_PARTS_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/check.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/env/observer.h"
#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/net/registry/fixed_names.h"
#include "rehearse/net/remote/peer_book.h"
#include "rehearse/sim/check/invariants.h"
#include "rehearse/sim/check/recorded_history.h"
#include "rehearse/sim/check/run_marks.h"
#include "rehearse/sim/fault/sim_rare_paths.h"
#include "rehearse/sim/network/fabric.h"
#include "rehearse/sim/network/sim_switch.h"
#include "rehearse/sim/process/executable.h"
#include "rehearse/sim/schedule/decisions.h"
#include "rehearse/sim/trace/run_trace.h"
#include "rehearse/sim/world/leftovers.h"
#include "rehearse/sim/world/plan_carrier.h"
#include "rehearse/sim/world/reply_oracle.h"
#include "rehearse/sim/world/sim_node.h"
#include "rehearse/sim/world/traced_history.h"
#include "rehearse/sim/world/virtual_time.h"
#include "rehearse/sim/world/world.h"

namespace rehearse::sim {

class World::Parts final : public CheckContext {
 public:
  explicit Parts(const RunOptions& options);

  std::string Describe() const override {
    return absl::StrCat("seed=0x", absl::Hex(options.seed), " virtual=", time.now().ToString());
  }

  void Run(Instant limit, std::function<bool()> done);
  // `done`, and a look at the invariants before.
  std::function<bool()> Watched(std::function<bool()> done);

  void Start(SimNode& sim_node);
  void StartProgram(SimNode& sim_node, Incarnation& life);
  void End(SimNode& sim_node, Incarnation& life);
  void TakeDown(SimNode& sim_node, Fabric::HostState state, absl::string_view what);
  void Record(NodeId node, TraceKind kind, absl::string_view what, uint64_t a = 0) {
    trace.Record(
        {.time = time.now(), .node = node, .actor = {}, .kind = kind, .what = what, .a = a});
  }
  void Observe(Observer& observer);
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
                const std::function<void(NodeId, NodeId)>& each);

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

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_WORLD_WORLD_PARTS_H_
