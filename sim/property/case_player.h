// One drawn case, played alone.

#ifndef REHEARSE_SIM_PROPERTY_CASE_PLAYER_H_
#define REHEARSE_SIM_PROPERTY_CASE_PLAYER_H_

#include <cstdint>
#include <functional>

#include "absl/time/time.h"
#include "rehearse/sim/world/run.h"
#include "rehearse/sim/world/world.h"

namespace rehearse::sim {

// Plays `body` in a World of `seed`, in a process of its own: a crash or a hang is its result, and
// nothing that it did is left. What `body` refers to may lie anywhere; what it throws fails the
// run. This process must have one thread.
RunResult PlayCase(uint64_t seed, const std::function<void(World& world)>& body,
                   absl::Duration hang_timeout);

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_PROPERTY_CASE_PLAYER_H_
