// How many restarts are too many.

#ifndef REHEARSE_ACTOR_SUPERVISION_RESTART_BUDGET_H_
#define REHEARSE_ACTOR_SUPERVISION_RESTART_BUDGET_H_

#include <deque>

#include "absl/time/time.h"
#include "rehearse/actor/env/instant.h"

namespace rehearse {

// At most so many within each window of that length: a window that slides, so bursts on either side
// of some border count together.
struct RestartLimit {
  int restarts = 5;
  absl::Duration window = absl::Seconds(5);
};

// Counts them, by readings of one clock.
class RestartBudget {
 public:
  explicit RestartBudget(const RestartLimit& limit) : limit_(limit) {}

  // One more restart, at `now`. False: it would be one too many, and is not counted.
  bool Spend(Instant now);

  const RestartLimit& limit() const { return limit_; }

 private:
  RestartLimit limit_;
  std::deque<Instant> spent_;  // within the last window, oldest first
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_SUPERVISION_RESTART_BUDGET_H_
