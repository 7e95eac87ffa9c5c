// A stretch of a story in which waits panic, then calm.

#ifndef REHEARSE_SIM_TESTKIT_PANICS_H_
#define REHEARSE_SIM_TESTKIT_PANICS_H_

#include <cstdint>

#include "absl/time/time.h"
#include "rehearse/actor/env/random.h"
#include "rehearse/sim/world/world.h"

namespace rehearse::sim {

struct Panics {
  int times = 50;
  absl::Duration every = absl::Milliseconds(10);
  uint64_t waits_max = 40;  // the next but so many at most panics
};

// Runs the world meanwhile. Afterwards no panic is armed.
inline void PanicNowAndThen(World& world, NodeHandle node, const Panics& panics = {}) {
  Random chance = world.random("panics");
  for (int i = 0; i < panics.times; ++i) {
    world.PanicAtSuspension(node, 1 + chance.Below(panics.waits_max));
    world.RunFor(panics.every);
  }
  world.PanicAtSuspension(node, 0);
}

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_TESTKIT_PANICS_H_
