#include "rehearse/sim/hermetic/caller.h"

#include <execinfo.h>

#include "absl/debugging/symbolize.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "rehearse/sim/hermetic/demangled.h"

namespace rehearse::sim {
namespace {

constexpr int kFramesMax = 48;

bool IsLibrarys(absl::string_view name) {
  return absl::StartsWith(name, "std::") || absl::StartsWith(name, "__");
}

bool IsPlumbing(absl::string_view name) {
  if (IsLibrarys(name)) return true;
  for (absl::string_view prefix :
       {"pthread_", "rehearse::sim::Caller", "rehearse::sim::(anonymous namespace)::Refuses"}) {
    if (absl::StartsWith(name, prefix)) return true;
  }
  for (absl::string_view hook :
       {"socket",      "open",        "open64",       "openat",       "creat",        "fopen",
        "fopen64",     "getaddrinfo", "setitimer",    "alarm",        "timer_create", "opendir",
        "fdopendir",   "aio_read",    "aio_read64",   "aio_write",    "aio_write64",  "aio_fsync",
        "aio_fsync64", "lio_listio",  "lio_listio64", "getaddrinfo_a"}) {
    if (name == hook) return true;
  }
  return false;
}

// Calls `see` with the names of the callers, from the nearest on, until it returns true.
template <typename See>
void EachCaller(const See& see) {
  void* frames[kFramesMax];
  const int count = backtrace(frames, kFramesMax);
  for (int i = 1; i < count; ++i) {
    char name[256];
    // The address of a call's return may lie in the next function.
    void* const call = static_cast<char*>(frames[i]) - 1;
    if (absl::Symbolize(call, name, sizeof name) && see(Demangled(name))) return;
  }
}

}  // namespace

std::string CallerName() {
  std::string found = "an unnamed function";
  EachCaller([&found](const std::string& name) {
    if (IsPlumbing(name)) return false;
    found = name;
    return true;
  });
  return found;
}

std::vector<std::string> CallerNames(size_t most) {
  std::vector<std::string> names;
  EachCaller([&names, most](const std::string& name) {
    if (!IsLibrarys(name)) names.push_back(name);
    return names.size() == most;
  });
  return names;
}

}  // namespace rehearse::sim
