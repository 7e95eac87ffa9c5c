#include "rehearse/actor/patterns/broker.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/testing/test_node.h"

namespace rehearse {
namespace {

struct Order {
  std::string number;
};

class Warehouse : public Actor {
 public:
  explicit Warehouse(std::vector<std::string>* seen) : seen_(seen) {}
  void Handle(const Order& order) { seen_->push_back(order.number); }

 private:
  std::vector<std::string>* const seen_;
};

using Numbers = std::vector<std::string>;

class BrokerTest : public testing::Test {
 public:
  Published Publish(const ActorRef<Broker<Order>>& broker, const std::string& topic) {
    return *broker.Ask(PublishTopic<Order>{topic, Order{topic}});
  }
  Numbers seen_;
  TestNode node_;
};

TEST_F(BrokerTest, TellsThoseWhosePatternMatches) {
  Numbers all;
  node_.Run([&] {
    auto broker = node_->Spawn<Broker<Order>>();
    EXPECT_TRUE(
        broker.Ask(SubscribeTopic<Order>{"orders/eu/*", node_->Spawn<Warehouse>(&seen_)}).ok());
    EXPECT_TRUE(broker.Ask(SubscribeTopic<Order>{"**", node_->Spawn<Warehouse>(&all)}).ok());
    EXPECT_EQ(Publish(broker, "orders/eu/7"), (Published{.told = 2}));
    EXPECT_EQ(Publish(broker, "orders/us/8"), (Published{.told = 1}));
    EXPECT_EQ(Publish(broker, "orders/eu/9"), (Published{.told = 2}));
  });
  EXPECT_EQ(seen_, (Numbers{"orders/eu/7", "orders/eu/9"}));
  EXPECT_EQ(all, (Numbers{"orders/eu/7", "orders/us/8", "orders/eu/9"}));
}

TEST_F(BrokerTest, TellsOnceWhoSubscribedTwice) {
  node_.Run([&] {
    auto broker = node_->Spawn<Broker<Order>>();
    const Recipient<Order> warehouse = node_->Spawn<Warehouse>(&seen_);
    for (const char* pattern : {"a/*", "a/b", "a/b"}) {
      broker.Tell(SubscribeTopic<Order>{pattern, warehouse});
    }
    EXPECT_EQ(Publish(broker, "a/b"), (Published{.told = 1}));
    EXPECT_TRUE(*broker.Ask(UnsubscribeTopic<Order>{"a/b", warehouse}));
    EXPECT_FALSE(*broker.Ask(UnsubscribeTopic<Order>{"a/b", warehouse}));
    EXPECT_EQ(Publish(broker, "a/b"), (Published{.told = 1}));  // by a/*
    EXPECT_TRUE(*broker.Ask(UnsubscribeTopic<Order>{"", warehouse}));
    EXPECT_EQ(Publish(broker, "a/b"), Published{});
  });
}

TEST_F(BrokerTest, BadPatternIsAnErrorToTheAskerAndNoPanic) {
  node_.Run([&] {
    auto broker = node_->Spawn<Broker<Order>>();
    const Recipient<Order> warehouse = node_->Spawn<Warehouse>(&seen_);
    EXPECT_EQ(broker.Ask(SubscribeTopic<Order>{"a**", warehouse}).code(),
              absl::StatusCode::kInvalidArgument);
    broker.Tell(SubscribeTopic<Order>{"", warehouse});
    EXPECT_EQ(Publish(broker, "a"), Published{});
  });
}

TEST_F(BrokerTest, ForgetsWhoHasEnded) {
  node_.Run([&] {
    auto broker = node_->Spawn<Broker<Order>>();
    auto warehouse = node_->Spawn<Warehouse>(&seen_);
    broker.Tell(SubscribeTopic<Order>{"a", warehouse});
    broker.Tell(SubscribeTopic<Order>{"*", warehouse});
    warehouse.Stop();
    (void)warehouse.Join();
    EXPECT_EQ(Publish(broker, "a"), Published{});
  });
}

}  // namespace
}  // namespace rehearse
