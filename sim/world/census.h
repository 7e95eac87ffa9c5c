// How much a world holds: a run that makes ever more actors, or messages that nobody takes, is
// stopped before it has eaten its host's memory.

#ifndef REHEARSE_SIM_WORLD_CENSUS_H_
#define REHEARSE_SIM_WORLD_CENSUS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/scheduler.h"

namespace rehearse::sim {

// How many actors and messages `scheduler` holds together: what is larger than 640 bytes does not
// count, and under a sanitizer nothing does. Quick.
size_t HeldBy(Scheduler& scheduler);

// Of what there are most in `nodes`, which run: "900000 actors are alive, 890000 of them Counter",
// "800000 messages wait for Counter#3 on server-1". Looks at each actor.
std::string DescribeCrowd(const std::vector<Node*>& nodes);

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_WORLD_CENSUS_H_
