// Which exceptions are a test's own word that something is wrong, rather than a panic.

#ifndef REHEARSE_SIM_RUNNER_ASSERTION_H_
#define REHEARSE_SIM_RUNNER_ASSERTION_H_

#include <exception>
#include <optional>
#include <string>

#include "rehearse/sim/world/run.h"

namespace rehearse::sim {

// Thrown by REHEARSE_REQUIRE, after the seed was failed, to leave the body or the handler.
struct RequirementFailed {
  std::string text;
};

// The text, if `thrown` is a failed REHEARSE_REQUIRE or an assertion of GoogleTest or rapidcheck;
// it fails the seed (safety), in an actor's handler too. Anything else is the program's business.
std::optional<std::string> AssertionText(const std::exception_ptr& thrown);

// What an exception that leaves a test's body means for its seed: kSafety with the text above, or
// kCrash with the exception's own.
struct ThrownVerdict {
  Verdict verdict = Verdict::kCrash;
  std::string reason;
};
ThrownVerdict VerdictOf(const std::exception_ptr& thrown);

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_RUNNER_ASSERTION_H_
