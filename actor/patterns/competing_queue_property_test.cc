// Laws of a queue with competing consumers, after any operations in any order.

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "rehearse/actor/patterns/competing_queue.h"

namespace rehearse {
namespace {

const auto kAnyone = [](uint64_t) { return true; };

// A message is its own number. What the queue must have, by the book.
struct Book {
  std::set<int> ready;
  std::map<uint64_t, std::pair<uint64_t, int>> unacked;  // delivery: consumer and message
  std::set<int> seen_before;                             // by a consumer that gave it back
  std::map<uint64_t, size_t> prefetch;
  int pushed = 0;

  size_t Has(uint64_t consumer) const {
    size_t has = 0;
    for (const auto& [delivery, given] : unacked) has += given.first == consumer ? 1 : 0;
    return has;
  }
  bool HasRoom() const {
    for (const auto& [consumer, limit] : prefetch) {
      if (Has(consumer) < limit) return true;
    }
    return false;
  }
  void GiveBack(uint64_t delivery) {
    ready.insert(unacked[delivery].second);
    seen_before.insert(unacked[delivery].second);
    unacked.erase(delivery);
  }
};

void HandOut(CompetingQueue<int>& queue, Book& book, uint64_t delivery) {
  const auto handed = queue.Hand(delivery, kAnyone);
  RC_ASSERT(handed.has_value() == (!book.ready.empty() && book.HasRoom()));
  if (!handed.has_value()) return;
  RC_ASSERT(handed->message == *book.ready.begin());  // the oldest
  RC_ASSERT(book.Has(handed->consumer) < book.prefetch.at(handed->consumer));
  RC_ASSERT(handed->redelivered == (book.seen_before.count(handed->message) != 0));
  book.unacked[delivery] = {handed->consumer, handed->message};
  book.ready.erase(handed->message);
}

RC_GTEST_PROP(CompetingQueueProperty, EachMessageIsInOnePlaceUntilAcked,
              (const std::vector<std::pair<uint8_t, uint8_t>>& steps)) {
  constexpr size_t kRoom = 8;
  CompetingQueue<int> queue({.messages_max = kRoom});
  Book book;
  uint64_t number = 1000;
  for (const auto& [step, choice] : steps) {
    ++number;
    // Deliveries settled before are named again at times.
    const uint64_t delivery = number - choice % 16;
    const uint64_t consumer = 1 + choice % 3;
    switch (step % 6) {
      case 0:
        RC_ASSERT(queue.full() == (book.ready.size() + book.unacked.size() == kRoom));
        if (queue.full()) break;
        queue.Push(book.pushed);
        book.ready.insert(book.pushed++);
        break;
      case 1: HandOut(queue, book, number); break;
      case 2: RC_ASSERT(queue.Ack(delivery) == (book.unacked.erase(delivery) != 0)); break;
      case 3: {
        const bool known = book.unacked.count(delivery) != 0;
        const auto back = queue.GiveBack(delivery);
        RC_ASSERT(back == (known ? CompetingQueue<int>::Back::kRequeued
                                 : CompetingQueue<int>::Back::kUnknown));
        if (known) book.GiveBack(delivery);
        break;
      }
      case 4:
        if (!queue.HasConsumer(consumer)) queue.AddConsumer(consumer, 1 + choice % 2);
        book.prefetch.emplace(consumer, 1 + choice % 2);
        break;
      case 5:
        RC_ASSERT(queue.RemoveConsumer(consumer) == 0u);
        book.prefetch.erase(consumer);
        for (auto it = book.unacked.begin(); it != book.unacked.end();) {
          const auto at = it++;
          if (at->second.first == consumer) book.GiveBack(at->first);
        }
        break;
    }
    RC_ASSERT(queue.counts() ==
              (QueueCounts{book.ready.size(), book.unacked.size(), book.prefetch.size()}));
  }
}

TEST(CompetingQueueTest, DropsWhatCameBackTooOften) {
  CompetingQueue<int> queue({.deliveries_max = 2});
  queue.Push(7);
  queue.AddConsumer(1, 1);
  ASSERT_TRUE(queue.Hand(11, kAnyone).has_value());
  queue.TakeBack(11);  // does not count
  ASSERT_FALSE(queue.Hand(12, kAnyone)->redelivered);
  EXPECT_EQ(queue.GiveBack(12), CompetingQueue<int>::Back::kRequeued);
  ASSERT_TRUE(queue.Hand(13, kAnyone)->redelivered);
  EXPECT_EQ(queue.RemoveConsumer(1), 1u);
  EXPECT_EQ(queue.counts(), QueueCounts{});
}

}  // namespace
}  // namespace rehearse
