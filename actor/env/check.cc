#include "rehearse/actor/env/check.h"

#include <cstdio>
#include <cstdlib>

namespace rehearse {
namespace {

thread_local const CheckContext* innermost = nullptr;

}  // namespace

CheckContext::CheckContext() : outer_(innermost) { innermost = this; }
CheckContext::~CheckContext() { innermost = outer_; }

void CheckFailed(const char* file, int line, const char* condition, absl::string_view what) {
  const std::string context = innermost == nullptr ? std::string() : innermost->Describe();
  std::fprintf(stderr, "%s:%d: check failed: %s: %.*s%s%s\n", file, line, condition,
               static_cast<int>(what.size()), what.data(), context.empty() ? "" : "; ",
               context.c_str());
  std::fflush(stderr);
  std::abort();
}

}  // namespace rehearse
