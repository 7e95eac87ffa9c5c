// What may be drawn for a case: how many nodes there are, what goes wrong, what clients do.
//
// What is drawn shrinks to less: fewer nodes, fewer faults, fewer commands. Times, and the world's
// seed, do not shrink as numbers: an earlier fault is no simpler one.

#ifndef REHEARSE_SIM_PROPERTY_GENERATORS_H_
#define REHEARSE_SIM_PROPERTY_GENERATORS_H_

#include <rapidcheck.h>

#include <string>
#include <utility>
#include <vector>

#include "rehearse/sim/fault/fault_plan.h"
#include "rehearse/sim/fault/swarm.h"

namespace rehearse::sim {

// Plans as the swarm draws them for these nodes. They shrink by faults, and by nodes of a fault.
rc::Gen<FaultPlan> FaultPlans(const Swarm& swarm, const std::vector<std::string>& nodes);

struct Topology {
  int servers = 0;
  int clients = 0;

  // "server-1" …, "client-1" …: as AddNodes names them.
  std::vector<std::string> Names() const;
};
std::string AsCode(const Topology& topology);

// Between `least` and `most` of each. They shrink to fewer.
rc::Gen<Topology> Topologies(const Topology& least, const Topology& most);

// The plan without the nodes that are not among `nodes`, and without faults that have none left: a
// plan is drawn for the largest topology.
FaultPlan Among(const std::vector<std::string>& nodes, const FaultPlan& plan);

// What each of `clients` does, one after the other: up to `most` commands each.
template <typename Command>
rc::Gen<std::vector<std::vector<Command>>> Workloads(rc::Gen<Command> command, int clients,
                                                     int most) {
  using Commands = std::vector<Command>;
  // rapidcheck's size bounds how many there are; how large each is, it shall not.
  const rc::Gen<Commands> one =
      rc::gen::resize(most, rc::gen::container<Commands>(rc::gen::resize(100, std::move(command))));
  return rc::gen::container<std::vector<Commands>>(static_cast<size_t>(clients), one);
}

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_PROPERTY_GENERATORS_H_
