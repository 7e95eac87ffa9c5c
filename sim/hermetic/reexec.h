// Makes this process the same one each time: addresses, environment, time zone.

#ifndef REHEARSE_SIM_HERMETIC_REEXEC_H_
#define REHEARSE_SIM_HERMETIC_REEXEC_H_

#include "absl/status/status.h"

namespace rehearse::sim {

// Call it first thing in main(). Unless that is so already, it turns off the shuffling of
// addresses, fixes the stack's limit, which moves everything mapped, and runs the executable anew
// with the same arguments, all its symbols bound at once: then it does not return there. In the
// process that goes on, the environment is only what KeptInEnvironment names, with TZ=UTC0 and
// LC_ALL=C.
//
// Not OK if the host refuses, as some containers do; the process then goes on with addresses that
// no seed repeats, and its runs can't be compared with those of another process:
//   kPermissionDenied  personality(2) was refused, or had no effect
//   kUnavailable       the executable could not be run anew
// In builds with the address or the thread sanitizer it always says so (kUnimplemented).
absl::Status MakeProcessHermetic(char* const* argv);

// Whether a variable survives: what tests, GoogleTest, Bazel, sanitizers and the loader are told.
bool KeptInEnvironment(const char* variable);

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_HERMETIC_REEXEC_H_
