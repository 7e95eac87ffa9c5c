#include "rehearse/sim/world/plan_carrier.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "rehearse/sim/world/sim_node.h"

namespace rehearse::sim {
namespace {

bool TakesAway(Fault::Kind kind) {
  switch (kind) {
    case Fault::Kind::kCrash:
    case Fault::Kind::kSilentCrash:
    case Fault::Kind::kPowerFailure:
    case Fault::Kind::kWipe:
    case Fault::Kind::kPause: return true;
    default: return false;
  }
}

bool IsAtWork(NodeHandle node) { return node.up() && node.node().running(); }

bool IsAmong(const std::string& name, const std::vector<std::string>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// In the world's order.
NodeGroup NodesOf(const World& world, const std::vector<std::string>& names) {
  NodeGroup found;
  for (const NodeHandle node : world.nodes()) {
    if (IsAmong(node.name(), names)) found.push_back(node);
  }
  return found;
}

// The first name that is no node's; null if there is none.
const std::string* Stranger(const World& world, const Fault& fault) {
  for (const std::vector<std::string>* const names : {&fault.nodes, &fault.others}) {
    for (const std::string& name : *names) {
      if (NodesOf(world, {name}).empty()) return &name;
    }
  }
  return nullptr;
}

}  // namespace

void PlanCarrier::Carry(World& world, const Fault& fault) const {
  if (const std::string* const stranger = Stranger(world, fault)) {
    return world.Fail(Verdict::kSafety,
                      absl::StrCat("the fault \"", fault.ToString(), "\" names ", *stranger,
                                   ", which is no node of this world"));
  }
  CarryToLinks(world, fault);
  for (const NodeHandle node : NodesOf(world, fault.nodes)) {
    if (!TakesAway(fault.kind) || !Spares(node)) CarryTo(world, fault, node);
  }
}

void PlanCarrier::CarryToLinks(World& world, const Fault& fault) {
  const NodeGroup some = NodesOf(world, fault.nodes);
  const NodeGroup others = NodesOf(world, fault.others);
  switch (fault.kind) {
    case Fault::Kind::kHeal: return world.Heal();
    case Fault::Kind::kLinks: return world.SetLinks(fault.link);
    case Fault::Kind::kPartition: return world.Partition(some, others);
    case Fault::Kind::kSlow: return world.SlowDown(some, others, fault.length);
    case Fault::Kind::kPartitionOneWay: return world.PartitionOneWay(some, others);
    case Fault::Kind::kBuggify: return world.TakeRarePaths(true);
    case Fault::Kind::kMend: return world.Mend(some, others);
    case Fault::Kind::kClog: return world.Clog(some, others, fault.length);
    case Fault::Kind::kReset: return world.ResetStreams(some, others);
    case Fault::Kind::kResetOneWay: return world.ResetStreamsOneWay(some, others);
    default: break;  // it is of nodes
  }
}

void PlanCarrier::CarryTo(World& world, const Fault& fault, NodeHandle node) {
  switch (fault.kind) {
    case Fault::Kind::kCrash: world.Crash(node); break;
    case Fault::Kind::kSilentCrash: world.Crash(node, {.silent = true}); break;
    case Fault::Kind::kPowerFailure:
      world.Crash(node, {.silent = true, .disk = CrashOptions::Disk::kLoseUnsynced});
      break;
    case Fault::Kind::kWipe:
      world.Crash(node, {.silent = true, .disk = CrashOptions::Disk::kWipe});
      break;
    case Fault::Kind::kDisk: world.SetDisk(node, fault.disk); break;
    case Fault::Kind::kHealDisk: world.HealDisk(node); break;
    case Fault::Kind::kRestart:
      if (node.sim().crashed) world.Restart(node);
      break;
    case Fault::Kind::kPause: world.Pause(node); break;
    case Fault::Kind::kResume: world.Resume(node); break;
    case Fault::Kind::kClock: world.SetClock(node, fault.length, fault.number); break;
    case Fault::Kind::kPanic:
      world.PanicAtSuspension(node, static_cast<uint64_t>(fault.number));
      break;
    case Fault::Kind::kKill:
      world.KillAtSuspension(node, static_cast<uint64_t>(fault.number));
      break;
    case Fault::Kind::kRebind: world.RebindPorts(node); break;
    default: break;  // it is of links, or of all
  }
}

// Whether a budget forbids that `victim` goes away.
bool PlanCarrier::Spares(NodeHandle victim) const {
  if (!IsAtWork(victim)) return false;
  for (const Budget& budget : budgets_) {
    const auto& nodes = budget.nodes;
    if (std::find(nodes.begin(), nodes.end(), victim) == nodes.end()) continue;
    const auto at_work = static_cast<size_t>(std::count_if(nodes.begin(), nodes.end(), &IsAtWork));
    if (at_work > budget.least) continue;
    spared_(victim, absl::StrCat("spared: ", budget.least, " are to stay up"));
    return true;
  }
  return false;
}

}  // namespace rehearse::sim
