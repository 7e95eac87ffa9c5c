#include "rehearse/actor/message_timer.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/trace.h"
#include "rehearse/actor/runtime/sanitizer.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/actor/runtime/wait.h"
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

class CountsTimers final : public TraceSink {
 public:
  void Record(const TraceEvent& event) override { count += event.kind == TraceKind::kTimer; }
  int count = 0;
};

class MessageTimerTest : public testing::Test {
 protected:
  // What the world does to the node, at its own time.
  void Beside(absl::AnyInvocable<void()> body) {
    Task::Start(world_, "world", std::move(body)).Unref();
  }
  void Pass(absl::Duration length) {
    Wait wait(world_.scheduler(), "Pass");
    wait.Until(node_.world().now() + length);
  }

  std::unique_ptr<LeaksExpected> leaks_;  // of a node that crashes, to the test's end
  TestNode node_;
  Domain world_{NodeId{99}, node_.world().scheduler()};
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

TEST_F(MessageTimerTest, OfTheTicksMissedByAPausedNodeOneComesLateAndTheBeatIsKept) {
  Beside([&] {
    Pass(absl::Seconds(5));
    node_->Pause();
    Pass(absl::Milliseconds(4500));
    EXPECT_EQ(heard_.size(), 2u);
    node_->Domain::Resume();
  });
  node_.Run([&] {
    MessageTimer timer = SendEvery(node_->Spawn<Listener>(&heard_), absl::Seconds(2), Tick{});
    (void)Sleep(absl::Seconds(13));
    timer.Cancel();
  });
  EXPECT_EQ(heard_, (std::vector<double>{2.0, 4.0, 9.5, 10.0, 12.0}));
}

TEST_F(MessageTimerTest, MissedTicksComeInABurstOrDelayTheBeatWhereThatIsWanted) {
  const auto heard_with = [this](MissedTicks missed) {
    heard_.clear();
    double from = 0;
    Beside([&] {
      Pass(absl::Seconds(5));
      node_->Pause();
      Pass(absl::Milliseconds(4500));
      node_->Domain::Resume();
    });
    node_.Run([&] {
      from = absl::ToDoubleSeconds(node_->clock().Now() - Instant());
      MessageTimer timer = SendEvery(node_->Spawn<Listener>(&heard_), absl::Seconds(2), Tick{},
                                     {.first = absl::ZeroDuration(), .missed = missed});
      (void)Sleep(absl::Seconds(13));
      timer.Cancel();
    });
    for (double& at : heard_) at -= from;
    return heard_;
  };
  EXPECT_EQ(heard_with(MissedTicks::kBurst),
            (std::vector<double>{0.0, 2.0, 4.0, 9.5, 9.5, 10.0, 12.0}));
  EXPECT_EQ(heard_with(MissedTicks::kDelay), (std::vector<double>{0.0, 2.0, 4.0, 9.5, 11.5}));
}

TEST_F(MessageTimerTest, ATimerThatIsDueWhileTheNodeIsPausedWaits) {
  Beside([&] {
    Pass(absl::Seconds(1));
    node_->Pause();
    Pass(absl::Seconds(4));
    node_->Domain::Resume();
  });
  node_.Run([&] { SendAfter(node_->Spawn<Listener>(&heard_), absl::Seconds(3), Tick{}); });
  EXPECT_EQ(heard_, std::vector<double>{5.0});
}

TEST_F(MessageTimerTest, ATimerThatIsDueWhileTheNodeIsPausedCanBeCancelled) {
  MessageTimer timer;
  Beside([&] {
    Pass(absl::Seconds(1));
    node_->Pause();
    Pass(absl::Seconds(4));
    timer.Cancel();
    node_->Domain::Resume();
  });
  node_.Run([&] { timer = SendAfter(node_->Spawn<Listener>(&heard_), absl::Seconds(3), Tick{}); });
  EXPECT_TRUE(heard_.empty());
}

TEST_F(MessageTimerTest, TimersOfACrashedNodeAreSilent) {
  leaks_ = std::make_unique<LeaksExpected>();
  CountsTimers trace;
  node_.world().worker().trace = &trace;
  Beside([&] {
    Pass(absl::Seconds(2));
    node_->Fence();
  });
  node_.Run([&] { SendAfter(node_->Spawn<Listener>(&heard_), absl::Seconds(3), Tick{}); });
  node_.world().worker().trace = nullptr;
  EXPECT_EQ(trace.count, 0);
  EXPECT_TRUE(heard_.empty());
}

TEST_F(MessageTimerTest, APeriodThatIsNotPositiveIsRefused) {
  node_.Run([&] {
    const ActorRef<Listener> listener = node_->Spawn<Listener>(&heard_);
    EXPECT_THROW(SendEvery(listener, absl::ZeroDuration(), Tick{}), std::invalid_argument);
    EXPECT_THROW(SendEvery(listener, -absl::Nanoseconds(1), Tick{}), std::invalid_argument);
    SendEvery(listener, absl::InfiniteDuration(), Tick{});
  });
  EXPECT_TRUE(heard_.empty());
}

TEST_F(MessageTimerTest, ADelayThatIsOverIsNoDelay) {
  node_.Run([&] {
    SendAfter(node_->Spawn<Listener>(&heard_), -absl::Seconds(1), Tick{});
    (void)Sleep(absl::Seconds(1));
  });
  EXPECT_EQ(heard_, std::vector<double>{0.0});
}

TEST_F(MessageTimerTest, WithoutAnActorTheMessageIsADeadLetter) {
  node_.Run([&] {
    MessageTimer once = SendAfter(ActorRef<Listener>(), absl::Seconds(1), Tick{});
    MessageTimer again = SendEvery(ActorRef<Listener>(), absl::Seconds(1), Tick{});
    EXPECT_EQ(node_->dead_letters().count(), 2u);
    once.Cancel();
    again.Cancel();
  });
}

}  // namespace
}  // namespace rehearse
