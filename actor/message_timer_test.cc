#include "rehearse/actor/message_timer.h"

#include <gtest/gtest.h>

#include <vector>

#include "rehearse/actor/actor.h"
#include "rehearse/actor/testing/test_node.h"

namespace rehearse {
namespace {

struct Tick {
  int number = 0;
};

class Listener : public Actor {
 public:
  explicit Listener(std::vector<double>* heard) : heard_(heard) {}
  void Handle(const Tick&) {
    heard_->push_back(static_cast<double>(node().clock().Now().nanos()) / 1e9);
  }

 private:
  std::vector<double>* heard_;
};

class MessageTimerTest : public testing::Test {
 protected:
  TestNode node_;
  std::vector<double> heard_;
};

TEST_F(MessageTimerTest, SendsOnceAfterTheDelay) {
  node_.Run([&] {
    SendAfter(node_->Spawn<Listener>(&heard_), absl::Seconds(3), Tick{});
    (void)Sleep(absl::Seconds(10));
  });
  EXPECT_EQ(heard_, std::vector<double>{3.0});
}

TEST_F(MessageTimerTest, RepeatsOnTheBeatUntilCancelled) {
  node_.Run([&] {
    MessageTimer timer = SendEvery(node_->Spawn<Listener>(&heard_), absl::Seconds(2), Tick{});
    (void)Sleep(absl::Seconds(7));
    timer.Cancel();
    (void)Sleep(absl::Seconds(7));
  });
  EXPECT_EQ(heard_, (std::vector<double>{2.0, 4.0, 6.0}));
}

TEST_F(MessageTimerTest, ACancelledTimerSendsNothing) {
  node_.Run([&] {
    MessageTimer timer = SendAfter(node_->Spawn<Listener>(&heard_), absl::Seconds(3), Tick{});
    (void)Sleep(absl::Seconds(2));
    timer.Cancel();
  });
  EXPECT_TRUE(heard_.empty());
}

TEST_F(MessageTimerTest, RepeatingTimerEndsWithItsActor) {
  node_.Run([&] {
    ActorRef<Listener> listener = node_->Spawn<Listener>(&heard_);
    SendEvery(listener, absl::Seconds(1), Tick{});
    (void)Sleep(absl::Milliseconds(2500));
    listener.Stop();
  });  // Run returns: no timer is left
  EXPECT_EQ(heard_.size(), 2u);
}

}  // namespace
}  // namespace rehearse
