#include "rehearse/actor/supervision/back_off.h"

#include <algorithm>

namespace rehearse {

absl::Duration WaitAfter(const BackOff& back_off, int failures, Random& random) {
  absl::Duration wait = std::min(back_off.first, back_off.max);
  if (wait <= absl::ZeroDuration()) return absl::ZeroDuration();
  const double factor = std::max(1.0, back_off.factor);
  for (int i = 1; i < failures && wait < back_off.max && factor > 1; ++i) {
    wait = std::min(wait * factor, back_off.max);
  }
  constexpr int64_t kSteps = int64_t{1} << 30;
  const double part = static_cast<double>(random.Between(0, kSteps)) / kSteps;
  return wait - wait * (std::clamp(back_off.jitter, 0.0, 1.0) * part);
}

}  // namespace rehearse
