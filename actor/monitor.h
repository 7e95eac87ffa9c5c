// Being told of another actor's end, one way.

#ifndef REHEARSE_ACTOR_MONITOR_H_
#define REHEARSE_ACTOR_MONITOR_H_

#include <cstdint>

#include "rehearse/actor/actor_ref.h"
#include "rehearse/actor/exit_reason.h"
#include "rehearse/actor/node.h"

namespace rehearse {

// Told once to each monitor, by the lane that no bound delays.
struct Down {
  uint64_t monitor = 0;  // what Monitor returned
  ActorId actor;
  ExitReason reason;
};

namespace internal {

template <typename A>
EnvelopePtr MakeDown(Cell& watcher, uint64_t monitor, Cell& ended) {
  return EnvelopePtr(
      MakeEnvelope<Down, false>(BlocksOf(NodeOf(watcher)), kHandlerOps<A, Down>,
                                Down{monitor, ended.actor_id(), ended.exit_reason()}));
}

}  // namespace internal

// From now on `watcher` gets a Down when `watched` ends; at once if it has ended. Returns the
// monitor's number; 0, and nobody is ever told, if one of them names no actor. `watched` may be of
// another node: then it is also told when that starts anew, or is out of reach for too long
// (kNodeLost), or does not know the actor (kGone); Down::actor is the ref's id here.
// `watcher`, usually Self(this), has a Handle(const Down&).
template <typename A>
uint64_t Monitor(const ActorRef<A>& watcher, const AnyRef& watched) {
  static_assert(kHandles<A, Down>, "a watcher needs a Handle(const rehearse::Down&)");
  if (!watcher.cell() || !watched.cell()) return 0;
  const uint64_t monitor = watcher.cell()->node().NextMonitor();
  if constexpr (kHandles<A, Down>) {
    watched.cell()->AddWatcher({watcher.cell().get(), monitor, &internal::MakeDown<A>});
  }
  return monitor;
}

// No Down of this monitor arrives from now on, but one that is on its way may.
template <typename A>
void Demonitor(const ActorRef<A>& watcher, const AnyRef& watched, uint64_t monitor) {
  if (!watcher.cell() || !watched.cell()) return;
  watched.cell()->RemoveWatcher(*watcher.cell(), monitor);
}

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_MONITOR_H_
