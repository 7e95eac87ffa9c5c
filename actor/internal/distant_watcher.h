// Who is told of an actor's end on behalf of another node.

#ifndef REHEARSE_ACTOR_INTERNAL_DISTANT_WATCHER_H_
#define REHEARSE_ACTOR_INTERNAL_DISTANT_WATCHER_H_

#include <cstdint>

#include "rehearse/actor/exit_reason.h"

namespace rehearse::internal {

class DistantWatcher {
 public:
  virtual ~DistantWatcher() = default;

  // The actor that was watched as `number` has ended. Once; never waits. Any thread.
  virtual void Ended(uint64_t number, const ExitReason& reason) = 0;
};

}  // namespace rehearse::internal

#endif  // REHEARSE_ACTOR_INTERNAL_DISTANT_WATCHER_H_
