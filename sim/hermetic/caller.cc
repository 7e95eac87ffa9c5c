#include "rehearse/sim/hermetic/caller.h"

#include <execinfo.h>

#include "absl/debugging/symbolize.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "rehearse/sim/hermetic/demangled.h"

namespace rehearse::sim {
namespace {

constexpr int kFramesMax = 16;

bool IsPlumbing(absl::string_view name) {
  for (absl::string_view prefix : {"std::", "pthread_", "rehearse::sim::Caller",
                                   "rehearse::sim::(anonymous namespace)::Refuses", "__"}) {
    if (absl::StartsWith(name, prefix)) return true;
  }
  for (absl::string_view hook :
       {"socket", "open", "open64", "openat", "creat", "fopen", "fopen64", "getaddrinfo",
        "setitimer", "alarm", "timer_create", "opendir", "fdopendir"}) {
    if (name == hook) return true;
  }
  return false;
}

}  // namespace

std::string CallerName() {
  void* frames[kFramesMax];
  const int count = backtrace(frames, kFramesMax);
  for (int i = 1; i < count; ++i) {
    char name[256];
    // The address of a call's return may lie in the next function.
    void* const call = static_cast<char*>(frames[i]) - 1;
    if (!absl::Symbolize(call, name, sizeof name)) continue;
    const std::string shown = Demangled(name);
    if (!IsPlumbing(shown)) return shown;
  }
  return "an unnamed function";
}

}  // namespace rehearse::sim
