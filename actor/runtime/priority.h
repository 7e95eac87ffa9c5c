// How urgent an actor is to its worker.

#ifndef REHEARSE_ACTOR_RUNTIME_PRIORITY_H_
#define REHEARSE_ACTOR_RUNTIME_PRIORITY_H_

#include <cstdint>

namespace rehearse {

// A share of the turns, no right of way: see PriorityLanes.
enum class Priority : uint8_t { kNormal, kHigh, kLow };

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_PRIORITY_H_
