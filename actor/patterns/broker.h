// Tells messages of one type to those who subscribed to their topic.
//
//   auto broker = node.Spawn<Broker<Order>>();
//   broker.Tell(SubscribeTopic<Order>{"orders/eu/**", warehouse});
//   broker.Tell(PublishTopic<Order>{"orders/eu/7", order});

#ifndef REHEARSE_ACTOR_PATTERNS_BROKER_H_
#define REHEARSE_ACTOR_PATTERNS_BROKER_H_

#include <cstddef>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/monitor.h"
#include "rehearse/actor/patterns/delivery.h"
#include "rehearse/actor/patterns/subscribers.h"
#include "rehearse/actor/patterns/topic_pattern.h"
#include "rehearse/actor/recipient.h"
#include "rehearse/actor/reply.h"

namespace rehearse {

// `pattern` as in topic_pattern.h. The same pattern again: this policy takes the last one's place.
//   kInvalidArgument  it is no pattern.
template <typename M>
struct SubscribeTopic {
  std::string pattern;
  Recipient<M> to;
  DeliveryPolicy policy = {};
};

// Of this pattern, spelled as when it was subscribed; without one, of all. Answered with whether
// there was a subscription.
template <typename M>
struct UnsubscribeTopic {
  std::string pattern;
  Recipient<M> to;
};

// Answered with Published. Who subscribed by several patterns that match gets it once.
template <typename M>
struct PublishTopic {
  std::string topic;
  M message;
};

// Each subscriber gets the messages in the order in which they were published, whatever their
// topics. Who ends is forgotten.
template <typename M>
class Broker final : public Actor {
 public:
  void Handle(SubscribeTopic<M> subscribe, Reply<absl::Status> reply) {
    absl::StatusOr<TopicPattern> pattern = TopicPattern::Parse(subscribe.pattern);
    if (pattern.ok()) {
      Handle(UnsubscribeTopic<M>{subscribe.pattern, subscribe.to});
      subscribers_.Add(Self(this), std::move(subscribe.to), subscribe.policy, *std::move(pattern));
    }
    std::move(reply).Send(pattern.status());
  }

  bool Handle(const UnsubscribeTopic<M>& unsubscribe) {
    return subscribers_.Remove(Self(this), unsubscribe.to, [&](const TopicPattern& pattern) {
      return unsubscribe.pattern.empty() || pattern.text() == unsubscribe.pattern;
    });
  }

  Published Handle(const PublishTopic<M>& publish) {
    return subscribers_.Publish(publish.message, [&](const TopicPattern& pattern) {
      return pattern.Matches(publish.topic);
    });
  }

  void Handle(const Down& down) { subscribers_.Forget(down); }

 private:
  Subscribers<Broker, M, TopicPattern> subscribers_;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_PATTERNS_BROKER_H_
