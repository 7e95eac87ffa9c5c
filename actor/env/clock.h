// How an actor learns what time it is.
//
// Nothing else reads a clock. That is why a simulated hour of timeouts takes no hour: in the
// simulator, time is a number that moves when every fiber is parked.

#ifndef REHEARSE_ACTOR_ENV_CLOCK_H_
#define REHEARSE_ACTOR_ENV_CLOCK_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/instant.h"

namespace rehearse {

// Two readings, of two types, so that nobody mixes them.
//
//   const Instant deadline = clock.Now() + absl::Milliseconds(50);
//
// A node owns its Clock; call it on that node's fibers only.
class Clock {
 public:
  virtual ~Clock() = default;

  // Time since this node booted; never goes back; cannot fail. Refreshed at each poll and park:
  // two readings without a suspension between them are equal.
  // Source: the host's boot clock; in the simulator, virtual time plus this node's drift.
  virtual Instant Now() const = 0;

  // Calendar time in UTC, for people and logs. May jump either way: never subtract two of them.
  //   kUnavailable  nothing trustworthy to read (or a fault says so). Go on without it.
  // Source: the host's clock; in the simulator, counted from the epoch in the run's options.
  virtual absl::StatusOr<absl::Time> WallTime() const = 0;

  // The worker's time at which this clock will read `reading`; timers are set with it. A node
  // whose clock runs fast wakes early by everybody else's reckoning.
  // Source: the same number for real; in the simulator, offset and drift taken out.
  virtual Instant ToTimebase(Instant reading) const = 0;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_ENV_CLOCK_H_
