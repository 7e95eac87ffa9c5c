// How a supervisor keeps one child.

#ifndef REHEARSE_ACTOR_SUPERVISION_CHILD_OPTIONS_H_
#define REHEARSE_ACTOR_SUPERVISION_CHILD_OPTIONS_H_

#include <cstdint>

#include "absl/time/time.h"
#include "rehearse/actor/exit_reason.h"
#include "rehearse/actor/node.h"

namespace rehearse {

// Which ends are followed by another life. What the supervisor ends itself is another matter: it
// brings back all but the temporary.
enum class Restart : uint8_t {
  kPermanent,  // each, a stop and a normal end too
  kTransient,  // a bad one: a panic, a kill, a dead link
  kTemporary,  // none
};

struct ChildOptions {
  Restart restart = Restart::kPermanent;
  // How long its end may take, OnStop included, when its siblings' restart needs it; then it is
  // killed. Negative: the node's stop_timeout.
  absl::Duration stop_timeout = absl::Seconds(-1);
  SpawnOptions spawn = {};
};

// Whether a child that ended with `reason` is to live again. `stopped`: it was asked to stop before
// that.
inline bool FollowedByRestart(Restart restart, const ExitReason& reason, bool stopped) {
  if (reason.kind == ExitReason::Kind::kRestarting) return restart != Restart::kTemporary;
  return restart == Restart::kPermanent ||
         (restart == Restart::kTransient && reason.bad() && !stopped);
}

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_SUPERVISION_CHILD_OPTIONS_H_
