// How long to wait before the next try.

#ifndef REHEARSE_ACTOR_SUPERVISION_BACK_OFF_H_
#define REHEARSE_ACTOR_SUPERVISION_BACK_OFF_H_

#include "absl/time/time.h"
#include "rehearse/actor/env/random.h"

namespace rehearse {

// By default there is no wait. Exponential, with jitter, so that those who failed together don't
// come back together.
struct BackOff {
  absl::Duration first = absl::ZeroDuration();  // before the first restart; zero: never any
  absl::Duration max = absl::Seconds(30);
  double factor = 2;    // from one to the next; at least 1
  double jitter = 0.2;  // up to this part of the wait, 0 to 1, is taken off by chance
};

// The wait after `failures` failures in a row: 1 for the first.
absl::Duration WaitAfter(const BackOff& back_off, int failures, Random& random);

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_SUPERVISION_BACK_OFF_H_
