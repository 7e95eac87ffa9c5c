// What an actor needs to pass messages of one type on to whoever subscribed to it.

#ifndef REHEARSE_ACTOR_PATTERNS_PUBLISHER_H_
#define REHEARSE_ACTOR_PATTERNS_PUBLISHER_H_

#include <cstddef>
#include <functional>
#include <utility>

#include "rehearse/actor/actor_ref.h"
#include "rehearse/actor/monitor.h"
#include "rehearse/actor/patterns/delivery.h"
#include "rehearse/actor/patterns/subscribers.h"
#include "rehearse/actor/recipient.h"

namespace rehearse {

// From now on `to` gets what is published, and passes `filter` if there is one. Again: this filter
// and policy take the place of the last. A filter is called on the publisher's fiber; it must not
// wait. Counts as a ref of `to`: who lives by its refs lives on until it unsubscribes.
template <typename M>
struct Subscribe {
  Recipient<M> to;
  DeliveryPolicy policy = {};
  std::function<bool(const M&)> filter = {};
};

// Answered with whether it was subscribed. What was published before is in its mailbox still.
template <typename M>
struct Unsubscribe {
  Recipient<M> to;
};

// Answered with how many there are.
template <typename M>
struct CountSubscribers {};

// The part of actor P that publishes messages of type M. A message that is told or asked of P is
// published; asked, P answers what became of it. P hands each Down to Forget.
template <typename P, typename M>
class Publisher {
 public:
  Published Handle(const M& message) {
    return subscribers_.Publish(
        message, [&](const Filter& filter) { return filter == nullptr || filter(message); });
  }
  void Handle(Subscribe<M> subscribe) {
    Handle(Unsubscribe<M>{subscribe.to});
    subscribers_.Add(self(), std::move(subscribe.to), subscribe.policy,
                     std::move(subscribe.filter));
  }
  bool Handle(const Unsubscribe<M>& unsubscribe) {
    return subscribers_.Remove(self(), unsubscribe.to, [](const Filter&) { return true; });
  }
  size_t Handle(const CountSubscribers<M>&) { return subscribers_.size(); }

 protected:
  void Forget(const Down& down) { subscribers_.Forget(down); }

 private:
  using Filter = std::function<bool(const M&)>;

  ActorRef<P> self() { return Self(static_cast<P*>(this)); }

  Subscribers<P, M, Filter> subscribers_;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_PATTERNS_PUBLISHER_H_
