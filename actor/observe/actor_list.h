// The actors of a node, as they are now.

#ifndef REHEARSE_ACTOR_OBSERVE_ACTOR_LIST_H_
#define REHEARSE_ACTOR_OBSERVE_ACTOR_LIST_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "rehearse/actor/env/observer.h"
#include "rehearse/actor/internal/cell.h"
#include "rehearse/actor/node.h"

namespace rehearse {

struct ListedActor {
  ObservedActor actor;
  ActorId parent;  // 0: the node's own
  internal::Cell::Phase phase = {};
  uint32_t incarnation = 1;
  uint16_t mailbox_size = 0;      // as AnyRef::mailbox_size
  uint16_t mailbox_capacity = 0;  // 0: no bound
};

struct ActorList {
  std::vector<ListedActor> actors;  // parents before their children, newest first
  bool complete = true;             // else there are more than were asked for
};

// No more than `actors_max`. Any thread; each actor is seen at a moment of its own.
ActorList ListActors(Node& node, size_t actors_max);

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_OBSERVE_ACTOR_LIST_H_
