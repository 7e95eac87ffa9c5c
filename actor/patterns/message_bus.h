// Brings messages of several types to those who registered for the type.
//
//   using Events = MessageBus<Ordered, Paid>;
//   auto events = node.Spawn<Events>();
//   events.Tell(Subscribe<Paid>{shipping});
//   events.Tell(Paid{.order = 7});

#ifndef REHEARSE_ACTOR_PATTERNS_MESSAGE_BUS_H_
#define REHEARSE_ACTOR_PATTERNS_MESSAGE_BUS_H_

#include <string>

#include "rehearse/actor/actor.h"
#include "rehearse/actor/monitor.h"
#include "rehearse/actor/patterns/publisher.h"

namespace rehearse {

// Takes M, Subscribe<M>, Unsubscribe<M> and CountSubscribers<M> for each M of Ms, as a PubSub<M>
// does. All types go through one mailbox: a receiver gets them in the order in which they were
// published, whatever their type.
template <typename... Ms>
class MessageBus final : public Actor, public Publisher<MessageBus<Ms...>, Ms>... {
 public:
  // As PubSub's.
  AfterPanic OnPanic(const std::string&) override { return AfterPanic::kContinue; }

  using Publisher<MessageBus, Ms>::Handle...;
  void Handle(const Down& down) { (Publisher<MessageBus, Ms>::Forget(down), ...); }
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_PATTERNS_MESSAGE_BUS_H_
