#include "rehearse/actor/signals.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "rehearse/actor/actor.h"
#include "rehearse/actor/testing/test_node.h"
#include "rehearse/actor/testing/threaded_node.h"

namespace rehearse {
namespace {

class Ear : public Actor {
 public:
  explicit Ear(std::vector<std::string>* heard) : heard_(heard) {}
  void Handle(const Signal& signal) { heard_->emplace_back(SignalName(signal)); }

 private:
  std::vector<std::string>* const heard_;
};

using Words = std::vector<std::string>;

TEST(SignalsTest, EachIsToldToThoseWhoSubscribedToIt) {
  Words heard;
  TestNode node;
  Signals signals;
  const auto ear = node->Spawn<Ear>(&heard);
  signals.Subscribe(Signal::kHangUp, ear);
  signals.Subscribe(Signal::kUser1, ear);
  EXPECT_TRUE(signals.Raise(Signal::kHangUp));
  EXPECT_FALSE(signals.Raise(Signal::kTerminate));
  EXPECT_TRUE(signals.Raise(Signal::kUser1));
  node.Run();
  EXPECT_EQ(heard, (Words{"SIGHUP", "SIGUSR1"}));
}

TEST(SignalsTest, ToldOnceHoweverOftenItSubscribedAndNoMoreWhenItUnsubscribed) {
  Words heard;
  TestNode node;
  Signals signals;
  const auto ear = node->Spawn<Ear>(&heard);
  signals.Subscribe(Signal::kUser2, ear);
  signals.Subscribe(Signal::kUser2, ear);
  EXPECT_TRUE(signals.Raise(Signal::kUser2));
  signals.Unsubscribe(Signal::kUser2, ear);
  EXPECT_FALSE(signals.Raise(Signal::kUser2));
  node.Run();
  EXPECT_EQ(heard, (Words{"SIGUSR2"}));
}

TEST(SignalsTest, WhoHasEndedOrHasNoRoomDoesNotTakeIt) {
  Words heard;
  TestNode node;
  Signals signals;
  const auto full = node->SpawnWith<Ear>({.mailbox_capacity = 1}, &heard);
  signals.Subscribe(Signal::kTerminate, full);
  EXPECT_TRUE(signals.Raise(Signal::kTerminate));
  EXPECT_FALSE(signals.Raise(Signal::kTerminate));
  node.Run();
  EXPECT_EQ(heard, (Words{"SIGTERM"}));
  full.Stop();
  node.Run();
  EXPECT_FALSE(signals.Raise(Signal::kTerminate));
}

TEST(SignalsTest, OfANodeThatWasGivenNoneIsAPanic) {
  TestNode node;
  EXPECT_THROW(SignalsOf(*node), std::logic_error);
  Signals signals;
  node->Provide(signals);
  EXPECT_EQ(&SignalsOf(*node), &signals);
}

// A thread of the host's raises while actors come and go on others.
TEST(SignalsTest, RaisedFromAThreadWhileOthersSubscribe) {
  struct Quiet : Actor {
    void Handle(const Signal&) {}
  };
  ThreadedNode node(2);
  Signals signals;
  node->Provide(signals);
  std::thread host([&] {
    for (int i = 0; i < 500; ++i) signals.Raise(Signal::kUser1);
  });
  node.Run([&] {
    for (int i = 0; i < 500; ++i) {
      const auto actor = CurrentNode().Spawn<Quiet>();
      SignalsOf(CurrentNode()).Subscribe(Signal::kUser1, actor);
      actor.Stop();
    }
  });
  host.join();
  for (int i = 0; i < 2; ++i) signals.Raise(Signal::kUser1);
}

}  // namespace
}  // namespace rehearse
