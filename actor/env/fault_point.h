// "May this fail here, now?": asked at the places where code may be made to fail on purpose.

#ifndef REHEARSE_ACTOR_ENV_FAULT_POINT_H_
#define REHEARSE_ACTOR_ENV_FAULT_POINT_H_

#include <cstdint>

#include "rehearse/actor/env/ids.h"

namespace rehearse {

enum class SuspensionFault : uint8_t {
  kNone,
  kPanic,  // the wait throws InjectedPanic into the handler
  kKill,   // the actor is killed while it waits
};

// A node's fault points. A node without one (all of production) asks nobody.
class FaultPoint {
 public:
  virtual ~FaultPoint() = default;

  // Handler of `actor` is about to wait at `where` (a static string: "Ask", "Sleep"). Asked on the
  // node's fiber, once a wait.
  virtual SuspensionFault AtSuspension(ActorId actor, const char* where) = 0;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_ENV_FAULT_POINT_H_
