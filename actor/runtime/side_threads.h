// Threads beside the workers, for calls that block theirs.

#ifndef REHEARSE_ACTOR_RUNTIME_SIDE_THREADS_H_
#define REHEARSE_ACTOR_RUNTIME_SIDE_THREADS_H_

#include "absl/functional/any_invocable.h"

namespace rehearse {

// The seam: threads for real; a simulated node has none, and such calls run on the fiber.
class SideThreads {
 public:
  virtual ~SideThreads() = default;

  // Has one of them call `job`, which does not throw, soon. Any thread. No job may outlive the
  // scheduler of those who submit.
  virtual void Submit(absl::AnyInvocable<void()> job) = 0;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_SIDE_THREADS_H_
