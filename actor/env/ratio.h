// Odds as a ratio of integers.
//
// A probability as a double would round differently from one build to the next; two integers don't.

#ifndef REHEARSE_ACTOR_ENV_RATIO_H_
#define REHEARSE_ACTOR_ENV_RATIO_H_

#include <cstdint>

namespace rehearse {

struct Ratio {
  uint64_t numerator = 0;
  uint64_t denominator = 1;  // never 0

  static constexpr Ratio Never() { return {0, 1}; }
  static constexpr Ratio Always() { return {1, 1}; }
  static constexpr Ratio Percent(uint64_t n) { return {n, 100}; }

  constexpr bool never() const { return numerator == 0; }
  friend constexpr bool operator==(const Ratio&, const Ratio&) = default;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_ENV_RATIO_H_
