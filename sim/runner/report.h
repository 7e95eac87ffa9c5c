// What is said about seeds: in fixed forms, for people and for what reads their logs.

#ifndef REHEARSE_SIM_RUNNER_REPORT_H_
#define REHEARSE_SIM_RUNNER_REPORT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/sim/runner/sim_test.h"
#include "rehearse/sim/world/run.h"

namespace rehearse::sim {

// How this binary is run again from where the user is.
struct Invocation {
  std::string program;             // argv[0]; below bazel-bin/ if Bazel runs the test
  std::vector<std::string> flags;  // what else made the run what it was, as given
  std::string replay = {};         // the file that says what is run; empty: a seed
};

// Reads TEST_BINARY through `environment`, as ParseFlags does.
std::string ProgramPath(absl::string_view argv0, const char* test_binary);

// One line that a shell takes: the same seed, alone. `checked` compares it with a perturbed run
// too.
std::string ReplayCommand(const Invocation& invocation, const SimTest& test, uint64_t seed,
                          bool checked);

// The block about a seed that failed; its last line begins with "REPLAY: ".
std::string FailureBlock(const Invocation& invocation, const SimTest& test, uint64_t seed,
                         const RunResult& result);

// "seed=0x… hash=0x… events=12 virtual=3.500000000s verdict=good Suite.Name"
std::string RunLine(const SimTest& test, uint64_t seed, const RunResult& result);

// Sums over runs. Perturbed reruns don't count as seeds.
struct Totals {
  uint64_t seeds = 0;
  uint64_t failures = 0;
  uint64_t events = 0;
  absl::Duration virtual_time;

  void Add(const RunResult& result);
  void Add(const Totals& other);

  // "10 seeds, 0 failures, 600.000 virtual s, 48210 events in 0.213 s: 46.9 seeds/s, 226338
  // events/s"
  std::string ToString(absl::Duration real_time) const;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_RUNNER_REPORT_H_
