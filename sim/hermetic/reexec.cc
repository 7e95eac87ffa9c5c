#include "rehearse/sim/hermetic/reexec.h"

#include <errno.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "rehearse/sim/hermetic/run_memory.h"

namespace rehearse::sim {
namespace {

// Tells the second process that it is one, so that a host which refuses in silence sees no third.
constexpr char kGuard[] = "REHEARSE_REEXECUTED";

constexpr rlim_t kStackBytes = rlim_t{8} << 20;
constexpr unsigned long kAsk = 0xffffffff;

// Each seed plays in a fork of this process. What libraries bind at the first call, each of them
// would bind again, on pages that it would have to copy for that.
constexpr char kBindNow[] = "LD_BIND_NOW";

constexpr absl::string_view kKeptPrefixes[] = {
    "REHEARSE_", "TEST_", "GTEST_",    "RUNFILES_", "BAZEL_", "ASAN_", "TSAN_",      "UBSAN_",
    "LSAN_",     "LD_",   "COVERAGE_", "GCOV_",     "LLVM_",  "RC_",   "XML_OUTPUT_"};
constexpr absl::string_view kKeptNames[] = {"PATH", "HOME", "TMPDIR", "TERM", "PWD"};

bool IsPlacedAlready() {
  const int now = personality(kAsk);
  rlimit stack = {};
  return now != -1 && (now & ADDR_NO_RANDOMIZE) != 0 && getenv(kBindNow) != nullptr &&
         getrlimit(RLIMIT_STACK, &stack) == 0 &&
         stack.rlim_cur == std::min(kStackBytes, stack.rlim_max);
}

// Everything above the main stack's end lies below this limit, wherever the shell has put it.
void FixStackLimit() {
  rlimit stack = {};
  if (getrlimit(RLIMIT_STACK, &stack) != 0) return;
  stack.rlim_cur = std::min(kStackBytes, stack.rlim_max);
  setrlimit(RLIMIT_STACK, &stack);
}

void SanitizeEnvironment() {
  std::vector<std::string> kept;
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    if (KeptInEnvironment(*variable)) kept.emplace_back(*variable);
  }
  std::sort(kept.begin(), kept.end());
  clearenv();
  for (const std::string& variable : kept) {
    const size_t equals = variable.find('=');
    setenv(variable.substr(0, equals).c_str(), variable.substr(equals + 1).c_str(), 1);
  }
  setenv("TZ", "UTC0", 1);
  setenv("LC_ALL", "C", 1);
  tzset();
}

// Returns only if it could not.
absl::Status RunAnew(char* const* argv) {
  FixStackLimit();
  const int now = personality(kAsk);
  if (now == -1 || personality(static_cast<unsigned long>(now) | ADDR_NO_RANDOMIZE) == -1) {
    return absl::PermissionDeniedError(
        absl::StrCat("personality(ADDR_NO_RANDOMIZE): ", std::strerror(errno)));
  }
  setenv(kGuard, "1", 1);
  setenv(kBindNow, "1", 1);
  // By its path if it still is there, so that ps calls the process by its name.
  std::string path(4096, '\0');
  const ssize_t length = readlink("/proc/self/exe", path.data(), path.size() - 1);
  if (length > 0) execv(path.c_str(), argv);
  execv("/proc/self/exe", argv);
  const int error = errno;
  unsetenv(kGuard);
  return absl::UnavailableError(absl::StrCat("exec of /proc/self/exe: ", std::strerror(error)));
}

}  // namespace

bool KeptInEnvironment(const char* variable) {
  const absl::string_view all = variable;
  const absl::string_view name = all.substr(0, all.find('='));
  if (name.empty() || name.size() == all.size()) return false;
  for (absl::string_view prefix : kKeptPrefixes) {
    if (absl::StartsWith(name, prefix)) return true;
  }
  return std::find(std::begin(kKeptNames), std::end(kKeptNames), name) != std::end(kKeptNames);
}

absl::Status MakeProcessHermetic(char* const* argv) {
  const bool is_second = getenv(kGuard) != nullptr;
  unsetenv(kGuard);
  SanitizeEnvironment();
  if (!RunMemoryInForce()) return absl::UnimplementedError("built with a sanitizer");
  if (IsPlacedAlready()) return absl::OkStatus();
  if (is_second) {
    return absl::PermissionDeniedError(
        "personality(ADDR_NO_RANDOMIZE) was accepted and had no effect");
  }
  return RunAnew(argv);
}

}  // namespace rehearse::sim
