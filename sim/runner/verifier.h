// A second look at a seed that failed, or that gave two runs.

#ifndef REHEARSE_SIM_RUNNER_VERIFIER_H_
#define REHEARSE_SIM_RUNNER_VERIFIER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "rehearse/sim/runner/seed_server.h"
#include "rehearse/sim/runner/sweep.h"
#include "rehearse/sim/world/run.h"

namespace rehearse::sim {

// Has two servers of its own, so that it may look while a sweep goes on.
class Verifier {
 public:
  // `repeats`: whether this process's runs repeat at all; otherwise nothing is called
  // nondeterminism.
  Verifier(SeedServer first, SeedServer second, bool repeats);

  // What is to be said about the seed. Good runs that agree stay good; a failure is played again,
  // alone, and must be the same; a crash or hang then comes with what the run printed; two runs
  // that differ are kNondeterminism, with the first event that does.
  RunResult Verify(uint32_t test, const SeedOutcome& outcome);

 private:
  RunResult Confirm(uint32_t test, uint64_t seed, const RunResult& plain);
  RunResult ConfirmEnd(uint32_t test, uint64_t seed, const RunResult& plain);
  RunResult Diverged(uint32_t test, uint64_t seed, const RunResult& plain, const std::string& how);

  std::vector<SeedServer> servers_;
  const bool repeats_;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_RUNNER_VERIFIER_H_
