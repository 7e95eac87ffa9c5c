// Plain threads that tell one actor, through mailboxes of all sizes.

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <thread>
#include <tuple>
#include <vector>

#include "rehearse/actor/actor.h"
#include "rehearse/actor/runtime/sanitizer.h"
#include "rehearse/actor/testing/threaded_node.h"

namespace rehearse {
namespace {

constexpr int kSenders = 4;

struct Item {
  int sender = 0;
  int64_t number = 0;
};
struct Last {};

class Collector : public Actor {
 public:
  explicit Collector(Countdown* over) : over_(over) {}
  void Handle(const Item& item) {
    int64_t& next = next_[item.sender];
    if (item.number != next) ++out_of_order_;
    next = item.number + 1;
  }
  void Handle(const Last&) { over_->Arrive(); }
  struct Total {};
  int64_t Handle(const Total&) { return next_[0] + next_[1] + next_[2] + next_[3]; }
  struct OutOfOrder {};
  int64_t Handle(const OutOfOrder&) { return out_of_order_; }

 private:
  Countdown* const over_;
  int64_t next_[kSenders] = {};
  int64_t out_of_order_ = 0;
};

class TellThreadsTest : public testing::TestWithParam<std::tuple<int, int32_t>> {
 public:
  static int workers() { return std::get<0>(GetParam()); }
  static int32_t capacity() { return std::get<1>(GetParam()); }
  // Under a sanitizer a blocked thread costs some hundred microseconds.
  static constexpr int64_t kEach = kThreadSanitizer || kAddressSanitizer ? 2000 : 40000;
};

TEST_P(TellThreadsTest, EachSendersMessagesArriveOnceAndInOrder) {
  ThreadedNode node(workers());
  Countdown over(kSenders);
  auto collector = node->SpawnWith<Collector>({.mailbox_capacity = capacity()}, &over);
  std::vector<std::thread> senders;
  for (int sender = 0; sender < kSenders; ++sender) {
    senders.emplace_back([&collector, sender] {
      for (int64_t i = 0; i < kEach; ++i) {
        ASSERT_TRUE(collector.Tell(Item{.sender = sender, .number = i}).ok());
      }
      collector.Tell(Last{});
    });
  }
  for (std::thread& sender : senders) sender.join();
  over.Await();
  EXPECT_EQ(*collector.Ask(Collector::Total{}), kSenders * kEach);
  EXPECT_EQ(*collector.Ask(Collector::OutOfOrder{}), 0);
  EXPECT_EQ(node->dead_letters().count(), 0u);
}

TEST_P(TellThreadsTest, SendersThatGiveUpLoseTheirOwnMessageAndNoOther) {
  ThreadedNode node(workers());
  Countdown over(kSenders);
  auto collector = node->SpawnWith<Collector>({.mailbox_capacity = capacity()}, &over);
  std::atomic<int64_t> accepted{0};
  std::vector<std::thread> senders;
  for (int sender = 0; sender < kSenders; ++sender) {
    senders.emplace_back([&, sender] {
      int64_t number = 0;
      for (int64_t i = 0; i < kEach / 20; ++i) {
        const AskOptions impatient{.mailbox_timeout = absl::Microseconds(i % 3 * 20)};
        const absl::Status status = i % 2 == 0 ? collector.Tell(Item{sender, number}).status()
                                               : collector.Ask(Item{sender, number}, impatient);
        if (status.ok()) ++number;
      }
      accepted.fetch_add(number);
      collector.Tell(Last{});
    });
  }
  for (std::thread& sender : senders) sender.join();
  over.Await();
  EXPECT_EQ(*collector.Ask(Collector::Total{}), accepted.load());
  EXPECT_EQ(*collector.Ask(Collector::OutOfOrder{}), 0);
}

INSTANTIATE_TEST_SUITE_P(WorkersAndCapacities, TellThreadsTest,
                         testing::Combine(testing::Values(1, 2), testing::Values(1, 2, 16, 256)));

}  // namespace
}  // namespace rehearse
