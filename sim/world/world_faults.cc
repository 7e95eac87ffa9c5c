// The faults of a world, and their end.

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rehearse/sim/fault/fault_plan.h"
#include "rehearse/sim/fault/swarm.h"
#include "rehearse/sim/world/world.h"
#include "rehearse/sim/world/world_parts.h"

namespace rehearse::sim {

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

}  // namespace rehearse::sim
