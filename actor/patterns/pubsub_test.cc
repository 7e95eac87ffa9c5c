#include "rehearse/actor/patterns/pubsub.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "rehearse/actor/map.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/testing/test_node.h"

namespace rehearse {
namespace {

using Kind = DeliveryPolicy::Kind;

struct Price {
  int cents = 0;
};

class Chart : public Actor {
 public:
  explicit Chart(std::vector<int>* seen, absl::Duration pace = {}) : seen_(seen), pace_(pace) {}
  absl::Status Handle(const Price& price) {
    seen_->push_back(price.cents);
    return pace_ == absl::ZeroDuration() ? absl::OkStatus() : Sleep(pace_);
  }

 private:
  std::vector<int>* const seen_;
  const absl::Duration pace_;
};

class PubSubTest : public testing::Test {
 public:
  // Has room for one message besides the one in hand, which takes it a minute.
  ActorRef<Chart> SpawnSlow() {
    return node_->SpawnWith<Chart>({.mailbox_capacity = 1}, &slow_, absl::Minutes(1));
  }
  absl::Time Now() { return *node_->clock().WallTime(); }

  std::vector<int> seen_;
  std::vector<int> slow_;
  TestNode node_;
};

TEST_F(PubSubTest, TellsAllInOrder) {
  std::vector<int> other;
  node_.Run([&] {
    auto prices = node_->Spawn<PubSub<Price>>();
    EXPECT_EQ(*prices.Ask(Price{0}), Published{});
    prices.Tell(Subscribe<Price>{node_->Spawn<Chart>(&seen_)});
    prices.Tell(Subscribe<Price>{node_->Spawn<Chart>(&other)});
    for (int i = 1; i < 3; ++i) prices.Tell(Price{i});
    EXPECT_EQ(*prices.Ask(Price{3}), (Published{.told = 2}));
  });
  EXPECT_EQ(seen_, (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(other, seen_);
}

TEST_F(PubSubTest, FilterDecidesAndTheLastSubscriptionCounts) {
  node_.Run([&] {
    auto prices = node_->Spawn<PubSub<Price>>();
    const Recipient<Price> chart = node_->Spawn<Chart>(&seen_);
    prices.Tell(
        Subscribe<Price>{.to = chart, .filter = [](const Price& p) { return p.cents > 5; }});
    prices.Tell(Price{5});
    prices.Tell(Price{6});
    prices.Tell(
        Subscribe<Price>{.to = chart, .filter = [](const Price& p) { return p.cents < 5; }});
    prices.Tell(Price{6});
    prices.Tell(Price{4});
    EXPECT_EQ(*prices.Ask(CountSubscribers<Price>{}), 1u);
  });
  EXPECT_EQ(seen_, (std::vector<int>{6, 4}));
}

TEST_F(PubSubTest, FilterThatThrowsCostsTheMessageAndNothingElse) {
  node_.Run([&] {
    auto prices = node_->Spawn<PubSub<Price>>();
    prices.Tell(Subscribe<Price>{node_->Spawn<Chart>(&seen_)});
    std::vector<int> other;
    prices.Tell(Subscribe<Price>{.to = node_->Spawn<Chart>(&other), .filter = [](const Price& p) {
                                   if (p.cents == 1) throw std::runtime_error("a bug");
                                   return false;
                                 }});
    EXPECT_EQ(prices.Ask(Price{1}).status().code(), absl::StatusCode::kAborted);
    EXPECT_EQ(*prices.Ask(Price{2}), (Published{.told = 1}));
  });
  EXPECT_EQ(seen_, (std::vector<int>{2}));
}

TEST_F(PubSubTest, UnsubscribedGetsNothingMore) {
  node_.Run([&] {
    auto prices = node_->Spawn<PubSub<Price>>();
    const Recipient<Price> chart = node_->Spawn<Chart>(&seen_);
    prices.Tell(Subscribe<Price>{chart});
    prices.Tell(Price{1});
    EXPECT_TRUE(*prices.Ask(Unsubscribe<Price>{chart}));
    EXPECT_FALSE(*prices.Ask(Unsubscribe<Price>{chart}));
    prices.Tell(Price{2});
  });
  EXPECT_EQ(seen_, (std::vector<int>{1}));
}

TEST_F(PubSubTest, ForgetsWhoHasEnded) {
  node_.Run([&] {
    auto prices = node_->Spawn<PubSub<Price>>();
    auto chart = node_->Spawn<Chart>(&seen_);
    prices.Tell(Subscribe<Price>{chart});
    chart.Stop();
    (void)chart.Join();
    EXPECT_EQ(*prices.Ask(CountSubscribers<Price>{}), 0u);
    prices.Tell(Subscribe<Price>{chart});  // late
    (void)Sleep(absl::Milliseconds(1));
    EXPECT_EQ(*prices.Ask(CountSubscribers<Price>{}), 0u);
  });
}

// Behind a Map it cannot be watched.
TEST_F(PubSubTest, ForgetsWhoIsFoundGone) {
  node_.Run([&] {
    auto prices = node_->Spawn<PubSub<Price>>();
    auto chart = node_->Spawn<Chart>(&seen_);
    prices.Tell(Subscribe<Price>{Map<Price>(Recipient<Price>(chart), [](Price p) { return p; })});
    EXPECT_EQ(*prices.Ask(Price{1}), (Published{.told = 1}));
    chart.Stop();
    (void)chart.Join();
    EXPECT_EQ(*prices.Ask(Price{2}), (Published{.missed = 1}));
    EXPECT_EQ(*prices.Ask(CountSubscribers<Price>{}), 0u);
  });
}

TEST_F(PubSubTest, BestEffortWaitsForNobody) {
  node_.Run([&] {
    auto prices = node_->Spawn<PubSub<Price>>();
    prices.Tell(Subscribe<Price>{SpawnSlow()});
    prices.Tell(Subscribe<Price>{node_->Spawn<Chart>(&seen_)});
    const absl::Time start = Now();
    size_t missed = 0;
    for (int i = 0; i < 10; ++i) missed += prices.Ask(Price{i})->missed;
    EXPECT_EQ(Now(), start);
    EXPECT_EQ(seen_.size(), 10u);
    EXPECT_EQ(missed, 8u);  // one in hand, one waits
    EXPECT_EQ(node_->dead_letters().count(), missed);
  });
  EXPECT_EQ(slow_.size(), 2u);
}

TEST_F(PubSubTest, WaitLosesNothingAndSlowsThePublisherDown) {
  node_.Run([&] {
    auto prices = node_->Spawn<PubSub<Price>>();
    prices.Tell(Subscribe<Price>{SpawnSlow(), {Kind::kWait}});
    prices.Tell(Subscribe<Price>{node_->Spawn<Chart>(&seen_)});
    const absl::Time start = Now();
    for (int i = 0; i < 5; ++i) EXPECT_EQ(prices.Ask(Price{i})->told, 2u);
    EXPECT_GE(Now() - start, absl::Minutes(2));
  });
  EXPECT_EQ(slow_, (std::vector<int>{0, 1, 2, 3, 4}));
  EXPECT_EQ(node_->dead_letters().count(), 0u);
}

TEST_F(PubSubTest, DeadlineBoundsTheWaitOfAllAtOnce) {
  node_.Run([&] {
    auto prices = node_->Spawn<PubSub<Price>>();
    const DeliveryPolicy second{Kind::kWithin, absl::Seconds(1)};
    for (int i = 0; i < 3; ++i) prices.Tell(Subscribe<Price>{SpawnSlow(), second});
    prices.Tell(Subscribe<Price>{SpawnSlow(), {Kind::kWithin, absl::Minutes(2)}});
    for (int i = 0; i < 2; ++i) EXPECT_EQ(prices.Ask(Price{i})->told, 4u);
    const absl::Time start = Now();
    EXPECT_EQ(*prices.Ask(Price{2}), (Published{.told = 1, .missed = 3}));
    EXPECT_GE(Now() - start, absl::Seconds(50));
    EXPECT_LE(Now() - start, absl::Seconds(61));
    EXPECT_EQ(node_->dead_letters().count(), 3u);
  });
  EXPECT_EQ(slow_.size(), 9u);
}

}  // namespace
}  // namespace rehearse
