// Broken invariants of the framework itself: say where and when, then abort.
//
// Never for input from outside, and never for a user's bug: the first is a status, the second a
// panic.

#ifndef REHEARSE_ACTOR_ENV_CHECK_H_
#define REHEARSE_ACTOR_ENV_CHECK_H_

#include <string>

#include "absl/strings/string_view.h"

namespace rehearse {

// Prints the place, the broken condition, `what` and the run's context to stderr, and aborts.
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition,
                              absl::string_view what);

// Tells a failing check which run this is: seed, node, virtual time. While it lives, it answers for
// the thread that made it; the innermost one answers.
class CheckContext {
 public:
  CheckContext();
  virtual ~CheckContext();
  CheckContext(const CheckContext&) = delete;
  CheckContext& operator=(const CheckContext&) = delete;

  // One line without a newline. May be called at any point of the run.
  virtual std::string Describe() const = 0;

 private:
  friend void CheckFailed(const char*, int, const char*, absl::string_view);
  const CheckContext* outer_;
};

}  // namespace rehearse

// REHEARSE_CHECK(slot.generation == id.generation, "a reply slot was freed twice");
// The explanation is evaluated on failure only. Checked in every build.
#define REHEARSE_CHECK(condition, what) \
  (__builtin_expect(!!(condition), 1)   \
       ? static_cast<void>(0)           \
       : ::rehearse::CheckFailed(__FILE__, __LINE__, #condition, (what)))

#endif  // REHEARSE_ACTOR_ENV_CHECK_H_
