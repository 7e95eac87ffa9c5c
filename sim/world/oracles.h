// What is wrong with a run whatever its program is about, seen when nothing can happen any more.

#ifndef REHEARSE_SIM_WORLD_ORACLES_H_
#define REHEARSE_SIM_WORLD_ORACLES_H_

#include <functional>
#include <string>

#include "rehearse/actor/env/ids.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/worker.h"

namespace rehearse::sim {

// Whether nothing is ready on `worker` and no timer of it is set.
bool AtRest(Worker& worker);

// A deadlock: who waits for another's answer, or for room in another's mailbox, waits for ever. In
// words; empty if nobody does. `worker` is at rest, and is its world's only one.
using NodeName = std::function<std::string(NodeId)>;
std::string FindDeadlock(const Worker& worker, const NodeName& node_name);

// A lost message: an actor of `node` has mail, and neither handles any nor will. In words; empty if
// there is none. The node is at rest, and not paused.
std::string FindLostMessage(Node& node, const Worker& worker);

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_WORLD_ORACLES_H_
