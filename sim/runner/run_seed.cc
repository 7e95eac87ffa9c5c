#include "rehearse/sim/runner/run_seed.h"

#include <execinfo.h>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>

#include "absl/time/time.h"
#include "rehearse/sim/hermetic/caller.h"
#include "rehearse/sim/hermetic/cycle_counter.h"
#include "rehearse/sim/hermetic/fixed_environment.h"
#include "rehearse/sim/hermetic/stack.h"
#include "rehearse/sim/runner/assertion.h"
#include "rehearse/sim/runner/expect.h"
#include "rehearse/sim/runner/google_test_capture.h"

namespace rehearse::sim {
namespace {

void Fail(RunResult& result, Verdict verdict, const std::string& reason) {
  if (result.verdict != Verdict::kGood) return;
  result.verdict = verdict;
  result.reason = reason;
}

// The C library's own generators, which a program may use, begin where the seed says.
void SeedLibrary(uint64_t seed) {
  srandom(static_cast<unsigned>(seed));
  srand48(static_cast<long>(seed));
}

// Failures that reach no sink of the test's own.
class Unclaimed {
 public:
  void Take(Verdict verdict, const std::string& reason) {
    if (first_.verdict != Verdict::kGood) return;
    first_.verdict = verdict;
    first_.reason = reason;
  }
  const RunResult& first() const { return first_; }

 private:
  RunResult first_;
};

RunResult Play(const SimTest& test, const RunOptions& options) {
  Unclaimed unclaimed;
  FailureSink sink(
      [&unclaimed](Verdict v, const std::string& reason) { unclaimed.Take(v, reason); });
  GoogleTestCapture capture;
  RunResult result;
  try {
    result = test.run(options);
  } catch (...) {  // the last frame of the test
    const ThrownVerdict thrown = VerdictOf(std::current_exception());
    unclaimed.Take(thrown.verdict, thrown.reason);
  }
  Fail(result, unclaimed.first().verdict, unclaimed.first().reason);
  return result;
}

}  // namespace

RunResult RunSeed(const SimTest& test, const RunOptions& options, Perturbation perturbation) {
  const FixedEnvironment environment;
  SeedLibrary(options.seed);
  RunOptions complete = options;
  complete.is_assertion = [](const std::exception_ptr& thrown, std::string& what) {
    const std::optional<std::string> text = AssertionText(thrown);
    what = text.value_or(std::string());
    return text.has_value();
  };
  RunResult result;
  CallOnFixedStack(perturbation, [&] {
    RunMemory memory(perturbation);
    TrappedCycleCounter cycles;
    RunResult inside = Play(test, complete);
    OutsideRunMemory outside;
    result = inside;
  });
  return result;
}

void WarmUp() {
  const FixedEnvironment environment;
  CallerName();
  absl::FormatTime(absl::UnixEpoch(), absl::LocalTimeZone());
  std::ostringstream stream;
  stream << 1.5 << std::endl;
  try {
    throw std::runtime_error("the first exception looks for the unwinder's tables");
  } catch (const std::runtime_error&) {
  }
  std::cout.flush();
}

}  // namespace rehearse::sim
