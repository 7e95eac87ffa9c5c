#include "rehearse/sim/property/generators.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "rehearse/sim/schedule/decisions.h"

namespace rehearse::sim {
namespace {

using Names = std::vector<std::string>;

// Whether `fault` needs nodes on its second side.
bool HasOthers(Fault::Kind kind) {
  switch (kind) {
    case Fault::Kind::kPartition:
    case Fault::Kind::kPartitionOneWay:
    case Fault::Kind::kMend:
    case Fault::Kind::kSlow:
    case Fault::Kind::kClog:
    case Fault::Kind::kReset:
    case Fault::Kind::kResetOneWay: return true;
    default: return false;
  }
}

bool HasNodes(Fault::Kind kind) {
  return kind != Fault::Kind::kHeal && kind != Fault::Kind::kLinks && kind != Fault::Kind::kBuggify;
}

// Each plan with one node less in one fault that has several.
std::vector<FaultPlan> WithoutOneNode(const FaultPlan& plan) {
  std::vector<FaultPlan> fewer;
  for (size_t i = 0; i < plan.faults.size(); ++i) {
    for (Names Fault::*const side : {&Fault::nodes, &Fault::others}) {
      const Names& names = plan.faults[i].*side;
      for (size_t n = 0; names.size() > 1 && n < names.size(); ++n) {
        fewer.push_back(plan);
        Names& left = fewer.back().faults[i].*side;
        left.erase(left.begin() + static_cast<ptrdiff_t>(n));
      }
    }
  }
  return fewer;
}

rc::Seq<FaultPlan> ShrinkPlan(const FaultPlan& plan) {
  return rc::seq::concat(rc::seq::map(rc::shrink::removeChunks(plan.faults),
                                      [](std::vector<Fault> faults) {
                                        return FaultPlan{.faults = std::move(faults)};
                                      }),
                         rc::seq::fromContainer(WithoutOneNode(plan)));
}

Names Kept(const Names& all, const Names& names) {
  Names kept;
  std::copy_if(names.begin(), names.end(), std::back_inserter(kept), [&all](const auto& name) {
    return std::find(all.begin(), all.end(), name) != all.end();
  });
  return kept;
}

}  // namespace

rc::Gen<FaultPlan> FaultPlans(const Swarm& swarm, const Names& nodes) {
  const auto draw = [swarm, nodes](uint64_t seed) {
    return DrawPlan(swarm, nodes, Decisions(seed));
  };
  return rc::gen::shrink(
      rc::gen::map(rc::gen::noShrink(rc::gen::resize(100, rc::gen::arbitrary<uint64_t>())), draw),
      &ShrinkPlan);
}

Names Topology::Names() const {
  std::vector<std::string> names;
  for (int i = 1; i <= servers; ++i) names.push_back(absl::StrCat("server-", i));
  for (int i = 1; i <= clients; ++i) names.push_back(absl::StrCat("client-", i));
  return names;
}

std::string AsCode(const Topology& topology) {
  return absl::StrCat("rehearse::sim::Topology{.servers = ", topology.servers,
                      ", .clients = ", topology.clients, "}");
}

rc::Gen<Topology> Topologies(const Topology& least, const Topology& most) {
  return rc::gen::map(rc::gen::pair(rc::gen::inRange(least.servers, most.servers + 1),
                                    rc::gen::inRange(least.clients, most.clients + 1)),
                      [](const std::pair<int, int>& drawn) {
                        return Topology{.servers = drawn.first, .clients = drawn.second};
                      });
}

FaultPlan Among(const Names& nodes, const FaultPlan& plan) {
  FaultPlan among;
  for (Fault fault : plan.faults) {
    fault.nodes = Kept(nodes, fault.nodes);
    fault.others = Kept(nodes, fault.others);
    if (HasNodes(fault.kind) && fault.nodes.empty()) continue;
    if (HasOthers(fault.kind) && fault.others.empty()) continue;
    among.faults.push_back(std::move(fault));
  }
  return among;
}

}  // namespace rehearse::sim
