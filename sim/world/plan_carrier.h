// How a plan's faults become calls of the world, as far as budgets let them.

#ifndef REHEARSE_SIM_WORLD_PLAN_CARRIER_H_
#define REHEARSE_SIM_WORLD_PLAN_CARRIER_H_

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "rehearse/sim/fault/fault_plan.h"
#include "rehearse/sim/world/world.h"

namespace rehearse::sim {

class PlanCarrier {
 public:
  // Is told of each node that a budget spares.
  using Spared = std::function<void(NodeHandle node, absl::string_view why)>;

  explicit PlanCarrier(Spared spared) : spared_(std::move(spared)) {}

  // See World::KeepUp.
  void KeepUp(const NodeGroup& nodes, size_t least) { budgets_.push_back({nodes, least}); }

  // Now. A fault that names a node that is not there fails the seed.
  void Carry(World& world, const Fault& fault) const;

 private:
  struct Budget {
    NodeGroup nodes;
    size_t least = 0;
  };

  static void CarryToLinks(World& world, const Fault& fault);
  static void CarryTo(World& world, const Fault& fault, NodeHandle node);
  bool Spares(NodeHandle victim) const;

  const Spared spared_;
  std::vector<Budget> budgets_;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_WORLD_PLAN_CARRIER_H_
