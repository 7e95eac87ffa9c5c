// A point on a clock's own line, in nanoseconds.
//
// Not a date: two nodes' instants can't be compared, and none of them says what day it is. A type
// of its own, so that nobody adds two points or passes a length where a deadline is meant.

#ifndef REHEARSE_ACTOR_ENV_INSTANT_H_
#define REHEARSE_ACTOR_ENV_INSTANT_H_

#include <compare>
#include <cstdint>
#include <limits>
#include <string>

#include "absl/time/time.h"

namespace rehearse {

class Instant {
 public:
  // The clock's origin: when the node booted, or when the worker's timebase began.
  constexpr Instant() = default;

  static constexpr Instant FromNanos(int64_t nanos) { return Instant(nanos); }

  // Later than any instant that a clock reads: a wait without a deadline.
  static constexpr Instant Infinite() { return Instant(std::numeric_limits<int64_t>::max()); }

  constexpr int64_t nanos() const { return nanos_; }
  constexpr bool infinite() const { return nanos_ == std::numeric_limits<int64_t>::max(); }

  // Saturates at Infinite(), so that "now + absl::InfiniteDuration()" means "never".
  friend Instant operator+(Instant at, absl::Duration length) {
    if (at.infinite() || length == absl::InfiniteDuration()) return Infinite();
    int64_t sum = 0;
    if (__builtin_add_overflow(at.nanos_, absl::ToInt64Nanoseconds(length), &sum)) {
      return length > absl::ZeroDuration() ? Infinite() : Instant();
    }
    return Instant(sum);
  }
  friend absl::Duration operator-(Instant later, Instant earlier) {
    if (later.infinite()) return absl::InfiniteDuration();
    return absl::Nanoseconds(later.nanos_ - earlier.nanos_);
  }
  friend constexpr auto operator<=>(Instant, Instant) = default;

  // Seconds with nanoseconds, as traces print it: "12.000345000s"; "never" for Infinite().
  std::string ToString() const;

 private:
  explicit constexpr Instant(int64_t nanos) : nanos_(nanos) {}

  int64_t nanos_ = 0;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_ENV_INSTANT_H_
