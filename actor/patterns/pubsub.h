// Tells each message of one type to all who subscribed.
//
//   auto prices = node.Spawn<PubSub<Price>>();
//   prices.Tell(Subscribe<Price>{chart});  // misses what it has no room for
//   prices.Tell(Subscribe<Price>{ledger, {DeliveryPolicy::Kind::kWait}});  // slows prices down
//   prices.Tell(Price{.cents = 100});
//   absl::StatusOr<Published> published = prices.Ask(Price{.cents = 101});

#ifndef REHEARSE_ACTOR_PATTERNS_PUBSUB_H_
#define REHEARSE_ACTOR_PATTERNS_PUBSUB_H_

#include <string>

#include "rehearse/actor/actor.h"
#include "rehearse/actor/monitor.h"
#include "rehearse/actor/patterns/publisher.h"

namespace rehearse {

// Takes M, Subscribe<M>, Unsubscribe<M> and CountSubscribers<M>. Each subscriber gets the messages
// in the order in which they were published. Who ends is forgotten.
template <typename M>
class PubSub final : public Actor, public Publisher<PubSub<M>, M> {
 public:
  // A filter that throws costs the message that it was asked about, and no subscription.
  AfterPanic OnPanic(const std::string&) override { return AfterPanic::kContinue; }

  using Publisher<PubSub, M>::Handle;
  void Handle(const Down& down) { this->Forget(down); }
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_PATTERNS_PUBSUB_H_
