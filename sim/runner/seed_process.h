// The process that forks a child for each seed.
//
// It is forked before the first test, plays nothing itself, and allocates nothing between two
// seeds: each child begins as a copy of the same memory, whether it is the first or the hundred
// thousandth, and whatever GoogleTest and other tests have done meanwhile.

#ifndef REHEARSE_SIM_RUNNER_SEED_PROCESS_H_
#define REHEARSE_SIM_RUNNER_SEED_PROCESS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "rehearse/sim/fault/fault_plan.h"
#include "rehearse/sim/runner/sim_test.h"

namespace rehearse::sim {

struct SeedProcessOptions {
  const SimTest* only_test = nullptr;  // played whatever test is asked for; null: SimTests() has it
  std::vector<std::string> args = {};  // for RunOptions
  std::optional<FaultPlan> plan = {};
  absl::Duration hang_timeout = absl::Seconds(60);
};

// Answers SeedRequests on `socket` until its other end is closed, then exits.
[[noreturn]] void ServeSeeds(int socket, const SeedProcessOptions& options);

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_RUNNER_SEED_PROCESS_H_
