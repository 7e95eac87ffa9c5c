// Actors that end together.
//
// A link goes both ways: when one of the two ends, the other is told, once, by the lane that no
// bound delays. Actor::OnLinkDied decides what follows; by default a bad end (a panic, a kill, a
// dead link) ends the other with kLinkDied, and an end in good order does nothing. A function actor
// always acts by that default: its Receive returns nothing more. A link that was told is over.
//
//   Link(left, right);
//   node.SpawnWith<Worker>({.link_to = left}, ...);   // linked before it starts

#ifndef REHEARSE_ACTOR_LINK_H_
#define REHEARSE_ACTOR_LINK_H_

#include "rehearse/actor/actor_ref.h"

namespace rehearse {

// Links two actors, one of which at least is of this node. If one has ended, the other is told at
// once. Twice is as once; an actor and itself, two of other nodes, or a ref that names none are
// nothing. A node that starts anew, or is out of reach for too long, takes its actors along: those
// here are told kNodeLost, and so, over there, are those that were linked to actors of this node.
// For that each of the two nodes must know where the other is. Any thread.
inline void Link(const AnyRef& one, const AnyRef& other) {
  if (one.cell() && other.cell()) internal::LinkCells(*one.cell(), *other.cell());
}

// Neither is told any more of the other's end, unless the news is on its way. A link between nodes
// is undone on the one that made it.
inline void Unlink(const AnyRef& one, const AnyRef& other) {
  if (one.cell() && other.cell()) internal::UnlinkCells(*one.cell(), *other.cell());
}

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_LINK_H_
