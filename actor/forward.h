// Handing an ask on: the other actor answers the asker, with no hop back.

#ifndef REHEARSE_ACTOR_FORWARD_H_
#define REHEARSE_ACTOR_FORWARD_H_

#include <type_traits>
#include <utility>

#include "rehearse/actor/actor_ref.h"
#include "rehearse/actor/reply.h"

namespace rehearse {

// From a handler that took a Reply:
//
//   void Handle(const Get& get, Reply<Item> reply) { Forward(std::move(reply), store_, get); }
//
// `to` gets the message as if the asker had asked it; in the handler that took the reply, with the
// same deadline too. If `to` has no room now, or has ended, the asker gets that error. Without an
// asker it is a TryTell.
template <typename R, typename A, typename M>
void Forward(Reply<R> reply, const ActorRef<A>& to, M&& message) {
  using Message = std::decay_t<M>;
  static_assert(kHandles<A, Message>, "the actor A has no Handle(M) for this message M");
  static_assert(std::is_same_v<AskResult<ReturnOf<A, Message>>, AskResult<R>>,
                "the actor A answers this message with another type than the asker waits for");
  Node& node = reply.node();
  internal::ForwardTo<Message>(node, to.cell(), internal::kHandlerOps<A, Message>,
                               std::forward<M>(message), std::move(reply).Release());
}

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_FORWARD_H_
