// Tells each message of one type to all in the cluster who subscribed.
//
//   Topic<Price> prices(node, "prices");
//   absl::Status status = prices.Subscribe(chart);          // on any node, any number
//   absl::StatusOr<Broadcasted> sent = prices.Publish(Price{.cents = 100});
//
// A message goes to each node once, where an actor passes it on to those who subscribed there.

#ifndef REHEARSE_NET_CLUSTER_TOPIC_H_
#define REHEARSE_NET_CLUSTER_TOPIC_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/monitor.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/patterns/delivery.h"
#include "rehearse/actor/patterns/subscribers.h"
#include "rehearse/actor/protocol.h"
#include "rehearse/actor/recipient.h"
#include "rehearse/net/cluster/broadcast.h"

namespace rehearse::net {

template <typename M>
struct JoinTopic {
  Recipient<M> to;
};

template <typename M>
struct LeaveTopic {
  Recipient<M> to;
};

// A node's subscribers of a topic. Who ends is forgotten; who is full misses the message.
template <typename M>
class TopicDesk final : public Actor {
 public:
  void Handle(const M& message) {
    (void)subscribers_.Publish(message, [](bool) { return true; });
  }
  void Handle(const JoinTopic<M>& join) { subscribers_.Add(Self(this), join.to, {}, true); }
  void Handle(const LeaveTopic<M>& leave) {
    subscribers_.Remove(Self(this), leave.to, [](bool) { return true; });
  }
  void Handle(const Down& down) { subscribers_.Forget(down); }

 private:
  Subscribers<TopicDesk, M, bool> subscribers_;
};

// A node's way to a topic. M comes from a schema. One fiber at a time; copies have the same
// subscribers from the first Subscribe on.
template <typename M>
class Topic {
 public:
  using DeskProtocol = Protocol<void(M)>;

  // `node` outlives it.
  Topic(Node& node, absl::string_view name) : node_(node), group_(absl::StrCat("topic/", name)) {}

  // `to`, an actor of this node, gets what is published from now on; what comes from one publisher,
  // in its order, each message once at most. Other nodes learn soon that there are subscribers
  // here: what they publish until then is missed.
  //   as Node::RegisterShared
  absl::Status Subscribe(const Recipient<M>& to) {
    if (!desk_) {
      ActorRef<TopicDesk<M>> desk = node_.Spawn<TopicDesk<M>>();
      const absl::Status status = node_.RegisterShared<DeskProtocol>(group_, desk);
      if (!status.ok()) {
        desk.Stop();
        return status;
      }
      desk_ = std::move(desk);
    }
    return desk_.Tell(JoinTopic<M>{to}).status();
  }
  void Unsubscribe(const Recipient<M>& to) {
    if (desk_) (void)desk_.Tell(LeaveTopic<M>{to});
  }

  // To the desks of all nodes that are known to have one. Never waits.
  //   as Broadcast
  absl::StatusOr<Broadcasted> Publish(const M& message) {
    return Broadcast<DeskProtocol>(node_, group_, message);
  }

 private:
  Node& node_;
  std::string group_;
  ActorRef<TopicDesk<M>> desk_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CLUSTER_TOPIC_H_
