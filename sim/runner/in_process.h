// One seed in this very process, for a debugger.

#ifndef REHEARSE_SIM_RUNNER_IN_PROCESS_H_
#define REHEARSE_SIM_RUNNER_IN_PROCESS_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/observer.h"
#include "rehearse/sim/runner/report.h"
#include "rehearse/sim/runner/sim_test.h"
#include "rehearse/sim/world/run.h"

namespace rehearse::sim {

struct InProcessOptions {
  std::vector<std::string> args;                         // for RunOptions
  std::function<void(absl::string_view line)> on_event;  // may be null
  Observer* observer = nullptr;                          // the same; it allocates outside the run
  std::optional<FaultPlan> plan;                         // for RunOptions
  std::vector<Decision> overrides;                       // the same
  std::function<void(const Decision&)> on_decision;      // may be null
  absl::Duration hang_timeout = absl::Seconds(60);       // none under a debugger
  Invocation invocation;
};

// The same run as a child's. If it crashes or hangs, the failure's block is printed to stdout and
// the process ends with the verdict's exit code; a debugger sees the signal first.
RunResult RunInProcess(const SimTest& test, uint64_t seed, const InProcessOptions& options);

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_RUNNER_IN_PROCESS_H_
