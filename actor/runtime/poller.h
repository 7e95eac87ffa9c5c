// How a worker waits for the outside.

#ifndef REHEARSE_ACTOR_RUNTIME_POLLER_H_
#define REHEARSE_ACTOR_RUNTIME_POLLER_H_

#include "rehearse/actor/env/instant.h"

namespace rehearse {

// The whole meeting of a worker and the world: what time it is, and what has happened. The worker's
// timebase is the poller's; it begins at 0 when the poller is made and never goes back.
class Poller {
 public:
  virtual ~Poller() = default;

  // What the timebase reads now.
  // Source: the host's boot clock; in the simulator, virtual time.
  virtual Instant Now() = 0;

  // Handles what has happened outside, and returns. With nothing to handle it waits until
  // `deadline` (in the past: not at all; Infinite(): for ever), until something happens, or until
  // Wake. May return early for no reason. The worker's thread only.
  virtual void Wait(Instant deadline) = 0;

  // Ends the present Wait, or the next one if there is none. Any thread.
  virtual void Wake() = 0;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_POLLER_H_
