// One seed, in this process, with all that is done around it.

#ifndef REHEARSE_SIM_RUNNER_RUN_SEED_H_
#define REHEARSE_SIM_RUNNER_RUN_SEED_H_

#include "rehearse/sim/hermetic/run_memory.h"
#include "rehearse/sim/runner/sim_test.h"
#include "rehearse/sim/world/run.h"

namespace rehearse::sim {

// Plays `options.seed` of `test` in memory and on a stack of its own, with the C library's rand()
// seeded; after CatchCrashes. What the test throws is a crash, or, if it is an assertion, a safety
// failure. It does not return if the seed crashes or hangs.
RunResult RunSeed(const SimTest& test, const RunOptions& options, Perturbation perturbation);

// Does once, before the first seed, what libraries do at their first use: a seed shall find it done
// whether it is a process's first or not. Each process that plays or forks for seeds does it
// itself, for the symbolizer reads by descriptors whose position a copy of the process would share.
void WarmUp();

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_RUNNER_RUN_SEED_H_
