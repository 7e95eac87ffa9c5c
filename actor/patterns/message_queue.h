// Messages that wait for whoever has time: exchanges, queues, and consumers that acknowledge.
//
//   auto mail = node.Spawn<MessageQueue<Letter>>();
//   mail.Tell(DeclareQueue{"letters"});
//   mail.Tell(Consume<Letter>{"letters", Self(this), /*prefetch=*/4});
//   mail.Tell(PublishTo<Letter>{.key = "letters", .message = letter});
//
//   void Handle(const QueueDelivery<Letter>& delivery) {      // the consumer
//     …
//     mail_.Tell(Ack{delivery.queue, delivery.tag});
//   }
//
// Each message of a queue is with one consumer at a time, until that acknowledges it; when the
// consumer ends, or gives it back, another gets it. So a message may be handled twice, but is not
// lost while this actor lives. Differences from AMQP 0-9-1, after which it is shaped: nothing is
// stored; topics are those of topic_pattern.h; a publication that one of its queues has no room for
// goes to none; who cancels gives back what it has.

#ifndef REHEARSE_ACTOR_PATTERNS_MESSAGE_QUEUE_H_
#define REHEARSE_ACTOR_PATTERNS_MESSAGE_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/message_timer.h"
#include "rehearse/actor/monitor.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/patterns/competing_queue.h"
#include "rehearse/actor/patterns/exchange.h"
#include "rehearse/actor/patterns/queue_messages.h"
#include "rehearse/actor/recipient.h"
#include "rehearse/actor/reply.h"
#include "rehearse/actor/type_name.h"

namespace rehearse {

// Its messages are in queue_messages.h. Its handlers never wait.
template <typename M>
class MessageQueue final : public Actor {
 public:
  // How long after it found a consumer's mailbox full it tries again.
  explicit MessageQueue(absl::Duration retry = absl::Milliseconds(10)) : retry_(retry) {}

  void Handle(const DeclareExchange& declare, Reply<absl::Status> reply) {
    std::move(reply).Send(Declare(declare));
  }
  void Handle(const DeclareQueue& declare, Reply<absl::Status> reply) {
    std::move(reply).Send(Declare(declare));
  }
  void Handle(const DeleteExchange& remove, Reply<absl::Status> reply) {
    const bool removed = exchanges_.erase(remove.name) != 0;
    std::move(reply).Send(removed ? absl::OkStatus() : NoExchange(remove.name));
  }
  void Handle(const DeleteQueue& remove, Reply<absl::Status> reply) {
    std::move(reply).Send(Remove(remove.name));
  }
  void Handle(const BindQueue& bind, Reply<absl::Status> reply) {
    std::move(reply).Send(Bind(bind));
  }
  void Handle(const UnbindQueue& unbind, Reply<absl::Status> reply) {
    const auto at = exchanges_.find(unbind.exchange);
    const bool unbound = at != exchanges_.end() && at->second.Unbind(unbind.binding);
    std::move(reply).Send(
        unbound ? absl::OkStatus()
                : absl::NotFoundError(absl::StrCat("unbind \"", unbind.binding.queue, "\" from \"",
                                                   unbind.exchange, "\": no such binding")));
  }

  void Handle(const PublishTo<M>& publish, Reply<absl::StatusOr<size_t>> reply) {
    absl::StatusOr<size_t> queues = Publish(publish);
    if (!reply.wanted() && queues.value_or(0) == 0) CountDead("it reached no queue");
    std::move(reply).Send(std::move(queues));
  }

  void Handle(const Consume<M>& consume, Reply<absl::StatusOr<uint64_t>> reply) {
    absl::StatusOr<uint64_t> consumer = AddConsumer(consume);
    const bool added = consumer.ok();
    std::move(reply).Send(std::move(consumer));
    if (added) Pump(consume.queue);
  }
  void Handle(const CancelConsumer& cancel, Reply<absl::Status> reply) {
    const auto at = consumers_.find(cancel.consumer);
    const bool known = at != consumers_.end();
    if (known) {
      Demonitor(Self(this), at->second.to, at->second.monitor);
      Drop(cancel.consumer);
    }
    std::move(reply).Send(known ? absl::OkStatus()
                                : absl::NotFoundError(absl::StrCat("cancel consumer ",
                                                                   cancel.consumer, ": unknown")));
  }

  void Handle(const Ack& ack, Reply<absl::Status> reply) {
    const auto at = queues_.find(ack.queue);
    const bool settled = at != queues_.end() && at->second.Ack(ack.tag);
    std::move(reply).Send(settled ? absl::OkStatus() : NoDelivery("ack", ack.queue, ack.tag));
    if (settled) Pump(ack.queue);
  }
  void Handle(const Nack& nack, Reply<absl::Status> reply) {
    const bool settled = GiveBack(nack);
    std::move(reply).Send(settled ? absl::OkStatus() : NoDelivery("nack", nack.queue, nack.tag));
    if (settled) Pump(nack.queue);
  }

  absl::StatusOr<QueueCounts> CountsOf(const std::string& name) const {
    const auto at = queues_.find(name);
    if (at == queues_.end()) return NoQueue(name);
    return at->second.counts();
  }
  void Handle(const GetQueueCounts& get, Reply<absl::StatusOr<QueueCounts>> reply) {
    std::move(reply).Send(CountsOf(get.queue));
  }

  void Handle(const Down& down) {
    for (const auto& [number, consumer] : consumers_) {
      if (consumer.monitor == down.monitor) return Drop(number);
    }
  }

  struct Retry {};
  void Handle(const Retry&) {
    retrying_ = false;
    for (const std::string& queue : std::exchange(blocked_, {})) Pump(queue);
  }

 private:
  using Queue = CompetingQueue<M>;

  struct Consumer {
    std::string queue;
    Recipient<QueueDelivery<M>> to;
    uint64_t monitor = 0;
  };

  static absl::Status NoExchange(const std::string& name) {
    return absl::NotFoundError(absl::StrCat("no exchange \"", name, "\": declare it first"));
  }
  static absl::Status NoQueue(const std::string& name) {
    return absl::NotFoundError(absl::StrCat("no queue \"", name, "\": declare it first"));
  }
  static absl::Status NoDelivery(const char* what, const std::string& queue, uint64_t tag) {
    return absl::NotFoundError(
        absl::StrCat(what, " ", tag, " of queue \"", queue, "\": it was settled or given back"));
  }
  static void CountDead(const char* why) {
    node().dead_letters().Add({TypeName<M>(), ActorId{}, why});
  }

  absl::Status Declare(const DeclareExchange& declare) {
    if (declare.name.empty())
      return absl::InvalidArgumentError("declare exchange: it needs a name");
    const auto [at, added] = exchanges_.emplace(declare.name, Exchange(declare.kind));
    if (added || at->second.kind() == declare.kind) return absl::OkStatus();
    return absl::AlreadyExistsError(
        absl::StrCat("declare exchange \"", declare.name, "\": it is of another kind"));
  }

  absl::Status Declare(const DeclareQueue& declare) {
    if (declare.name.empty() || declare.limits.messages_max == 0) {
      return absl::InvalidArgumentError(absl::StrCat(
          "declare queue \"", declare.name, "\": it needs a name, and room for a message"));
    }
    queues_.emplace(declare.name, Queue(declare.limits));
    return absl::OkStatus();
  }

  absl::Status Remove(const std::string& name) {
    const auto at = queues_.find(name);
    if (at == queues_.end()) return NoQueue(name);
    const QueueCounts counts = at->second.counts();
    for (size_t i = 0; i < counts.ready + counts.unacked; ++i) CountDead("its queue was deleted");
    queues_.erase(at);
    for (auto& [exchange, bindings] : exchanges_) bindings.UnbindAll(name);
    for (auto it = consumers_.begin(); it != consumers_.end();) {
      if (it->second.queue != name) {
        ++it;
        continue;
      }
      Demonitor(Self(this), it->second.to, it->second.monitor);
      it = consumers_.erase(it);
    }
    return absl::OkStatus();
  }

  absl::Status Bind(const BindQueue& bind) {
    const auto exchange = exchanges_.find(bind.exchange);
    if (exchange == exchanges_.end()) return NoExchange(bind.exchange);
    if (queues_.count(bind.binding.queue) == 0) return NoQueue(bind.binding.queue);
    return exchange->second.Bind(bind.binding);
  }

  absl::StatusOr<size_t> Publish(const PublishTo<M>& publish) {
    std::vector<std::string> names;
    if (publish.exchange.empty()) {
      if (queues_.count(publish.key) != 0) names.push_back(publish.key);
    } else {
      const auto exchange = exchanges_.find(publish.exchange);
      if (exchange == exchanges_.end()) return NoExchange(publish.exchange);
      names = exchange->second.Route(publish.key, publish.headers);
    }
    for (const std::string& name : names) {
      if (!queues_.at(name).full()) continue;
      return absl::ResourceExhaustedError(absl::StrCat("publish to queue \"", name, "\": full"));
    }
    for (const std::string& name : names) {
      queues_.at(name).Push(publish.message);
      Pump(name);
    }
    return names.size();
  }

  absl::StatusOr<uint64_t> AddConsumer(const Consume<M>& consume) {
    const auto queue = queues_.find(consume.queue);
    if (queue == queues_.end()) return NoQueue(consume.queue);
    if (consume.prefetch == 0 || !consume.to.cell()) {
      return absl::InvalidArgumentError(
          absl::StrCat("consume \"", consume.queue,
                       "\": by an actor of this node, with a prefetch of 1 or more"));
    }
    const uint64_t number = ++last_number_;
    const uint64_t monitor = Monitor(Self(this), consume.to);
    consumers_.emplace(number, Consumer{consume.queue, consume.to, monitor});
    queue->second.AddConsumer(number, consume.prefetch);
    return number;
  }

  // The consumer is gone: what it had is for the others.
  void Drop(uint64_t number) {
    const auto at = consumers_.find(number);
    const std::string queue = at->second.queue;
    consumers_.erase(at);
    const size_t dropped = queues_.at(queue).RemoveConsumer(number);
    for (size_t i = 0; i < dropped; ++i) CountDead("it was delivered too often");
    Pump(queue);
  }

  bool GiveBack(const Nack& nack) {
    const auto at = queues_.find(nack.queue);
    if (at == queues_.end()) return false;
    if (!nack.requeue) {
      const bool settled = at->second.Ack(nack.tag);
      if (settled) CountDead("its consumer rejected it");
      return settled;
    }
    const typename Queue::Back back = at->second.GiveBack(nack.tag);
    if (back == Queue::Back::kDropped) CountDead("it was delivered too often");
    return back != Queue::Back::kUnknown;
  }

  // Hands out what there is to those who have room. Who has ended is left to its Down.
  void Pump(const std::string& name) {
    const auto at = queues_.find(name);
    if (at == queues_.end()) return;  // deleted before it could be tried again
    Queue& queue = at->second;
    std::set<uint64_t> refused;
    const auto may = [&](uint64_t consumer) { return refused.count(consumer) == 0; };
    while (true) {
      const uint64_t tag = ++last_number_;
      const auto handed = queue.Hand(tag, may);
      if (!handed.has_value()) return;
      const SendResult sent =
          consumers_.at(handed->consumer)
              .to.TryTell(QueueDelivery<M>{name, tag, handed->redelivered, handed->message});
      if (sent.ok()) continue;
      refused.insert(handed->consumer);
      queue.TakeBack(tag);
      const bool is_soon = sent.code() == absl::StatusCode::kResourceExhausted ||
                           sent.code() == absl::StatusCode::kDataLoss;
      if (is_soon) TryAgainLater(name);
    }
  }

  void TryAgainLater(const std::string& queue) {
    blocked_.insert(queue);
    if (std::exchange(retrying_, true)) return;
    SendAfter(Self(this), retry_, Retry{});
  }

  const absl::Duration retry_;
  std::map<std::string, Exchange> exchanges_;
  std::map<std::string, Queue> queues_;
  std::map<uint64_t, Consumer> consumers_;
  std::set<std::string> blocked_;  // queues with a consumer whose mailbox was full
  bool retrying_ = false;
  uint64_t last_number_ = 0;  // of consumers and deliveries
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_PATTERNS_MESSAGE_QUEUE_H_
