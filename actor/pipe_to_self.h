// Work beside the actor, whose result comes back as a message.

#ifndef REHEARSE_ACTOR_PIPE_TO_SELF_H_
#define REHEARSE_ACTOR_PIPE_TO_SELF_H_

#include <type_traits>
#include <utility>

#include "rehearse/actor/actor_ref.h"
#include "rehearse/actor/inbox.h"
#include "rehearse/actor/node.h"

namespace rehearse {

namespace internal {
// Of an actor that is told nothing.
struct Nothing {};
}  // namespace internal

// Calls `work` on a fiber of its own, which may wait, and tells its result, a message, to the actor
// whose code calls, with `self` its `this`:
//
//   PipeToSelf(this, [store = store_] { return Loaded{store.Ask(Load{})}; });
//
// The actor goes on meanwhile. The work is a child of it: it ends with the actor, and stops when
// the returned ref is stopped. If it throws, that is logged as a panic of that child, and nothing
// is told.
template <typename A, typename Work>
AnyRef PipeToSelf(A* self, Work&& work) {
  using Result = std::invoke_result_t<std::decay_t<Work>&>;
  static_assert(kHandles<A, Result>, "the actor A has no Handle(M) for the work's result M");
  return SpawnChild([to = Self(self), work = std::forward<Work>(work)](
                        Inbox<void(internal::Nothing)>&) mutable { to.Tell(work()); });
}

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_PIPE_TO_SELF_H_
