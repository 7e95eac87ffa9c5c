// One queue whose consumers compete: each message is with one of them at a time.
//
// What it says, it says by values: who sends, and when, is its owner's business. So it never waits,
// and a consumer's end at any point finds each message either here or with a consumer.

#ifndef REHEARSE_ACTOR_PATTERNS_COMPETING_QUEUE_H_
#define REHEARSE_ACTOR_PATTERNS_COMPETING_QUEUE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace rehearse {

struct QueueLimits {
  // Messages in the queue, those with consumers included.
  size_t messages_max = 1000;
  // A message that came back this often is dropped, so that one that kills its consumers does not
  // kill them for ever. 0: it may come back any number of times.
  uint32_t deliveries_max = 0;
};

struct QueueCounts {
  size_t ready = 0;    // wait for a consumer
  size_t unacked = 0;  // with a consumer
  size_t consumers = 0;

  friend bool operator==(const QueueCounts&, const QueueCounts&) = default;
};

// Belongs to one actor. Consumers and deliveries have numbers that the owner never uses twice.
template <typename M>
class CompetingQueue {
 public:
  // A message that is with `consumer` from now on.
  struct Handed {
    uint64_t consumer;
    bool redelivered;
    const M& message;  // until the delivery is settled
  };

  explicit CompetingQueue(QueueLimits limits) : limits_(limits) {}

  bool full() const { return ready_.size() + unacked_.size() >= limits_.messages_max; }

  // Behind all others; unless full.
  void Push(M message) { ready_.emplace(next_++, Item{std::move(message), 0}); }

  // May have up to `prefetch` messages, 1 or more, at a time.
  void AddConsumer(uint64_t consumer, size_t prefetch) {
    consumers_.push_back({consumer, prefetch});
  }
  bool HasConsumer(uint64_t consumer) const { return Find(consumer) != consumers_.end(); }
  // What it has goes back. Returns how many were dropped, see QueueLimits.
  size_t RemoveConsumer(uint64_t consumer) {
    std::vector<uint64_t> theirs;
    for (const auto& [delivery, given] : unacked_) {
      if (given.consumer == consumer) theirs.push_back(delivery);
    }
    size_t dropped = 0;
    for (const uint64_t delivery : theirs) dropped += GiveBack(delivery) == Back::kDropped ? 1 : 0;
    consumers_.erase(std::remove_if(consumers_.begin(), consumers_.end(),
                                    [&](const Consumer& c) { return c.number == consumer; }),
                     consumers_.end());
    return dropped;
  }

  // The oldest message to the next consumer in turn that has room and that `may` accept, as
  // `delivery`. Nothing if there is no such message or consumer.
  template <typename May>
  std::optional<Handed> Hand(uint64_t delivery, const May& may) {
    if (ready_.empty()) return std::nullopt;
    for (size_t i = 0; i < consumers_.size(); ++i) {
      Consumer& consumer = consumers_[(turn_ + i) % consumers_.size()];
      if (consumer.has >= consumer.prefetch || !may(consumer.number)) continue;
      turn_ = (turn_ + i + 1) % consumers_.size();
      ++consumer.has;
      auto oldest = ready_.extract(ready_.begin());
      Item& item = oldest.mapped();
      const bool redelivered = item.deliveries++ != 0;
      const auto [at, added] =
          unacked_.emplace(delivery, Given{consumer.number, oldest.key(), std::move(item)});
      return Handed{consumer.number, redelivered, at->second.item.message};
    }
    return std::nullopt;
  }

  // Done. False: no such delivery; it was settled, or given back when its consumer ended.
  bool Ack(uint64_t delivery) { return Take(delivery).has_value(); }

  enum class Back : uint8_t { kUnknown, kRequeued, kDropped };
  // To where it was in the queue.
  Back GiveBack(uint64_t delivery) {
    std::optional<Given> given = Take(delivery);
    if (!given.has_value()) return Back::kUnknown;
    if (limits_.deliveries_max != 0 && given->item.deliveries >= limits_.deliveries_max) {
      return Back::kDropped;
    }
    ready_.emplace(given->place, std::move(given->item));
    return Back::kRequeued;
  }
  // As if it had never been handed out: the consumer has no room after all.
  void TakeBack(uint64_t delivery) {
    std::optional<Given> given = Take(delivery);
    if (!given.has_value()) return;
    --given->item.deliveries;
    ready_.emplace(given->place, std::move(given->item));
  }

  QueueCounts counts() const { return {ready_.size(), unacked_.size(), consumers_.size()}; }

 private:
  struct Item {
    M message;
    uint32_t deliveries;
  };
  struct Given {
    uint64_t consumer;
    uint64_t place;
    Item item;
  };
  struct Consumer {
    uint64_t number;
    size_t prefetch;
    size_t has = 0;
  };

  auto Find(uint64_t consumer) const {
    return std::find_if(consumers_.begin(), consumers_.end(),
                        [&](const Consumer& c) { return c.number == consumer; });
  }

  std::optional<Given> Take(uint64_t delivery) {
    auto taken = unacked_.extract(delivery);
    if (taken.empty()) return std::nullopt;
    for (Consumer& consumer : consumers_) {
      if (consumer.number == taken.mapped().consumer) --consumer.has;
    }
    return std::move(taken.mapped());
  }

  const QueueLimits limits_;
  std::map<uint64_t, Item> ready_;     // by place, the oldest first
  std::map<uint64_t, Given> unacked_;  // by delivery
  std::vector<Consumer> consumers_;
  uint64_t next_ = 0;  // place
  size_t turn_ = 0;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_PATTERNS_COMPETING_QUEUE_H_
