#include "rehearse/actor/runtime/wait.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "rehearse/actor/runtime/task.h"
#include "rehearse/actor/runtime/testing.h"

namespace rehearse {
namespace {

// Answers every wait alike.
class Faults final : public FaultPoint {
 public:
  SuspensionFault AtSuspension(ActorId, const char*) override { return fault; }
  SuspensionFault fault = SuspensionFault::kNone;
};

class WaitTest : public testing::Test {
 public:
  Task& Start(absl::AnyInvocable<void()> body) {
    return Task::Start(world_.domain(), "task", std::move(body));
  }
  Scheduler& scheduler() { return world_.scheduler(); }
  Instant In(absl::Duration length) { return world_.worker().now() + length; }

  TestScheduler world_;
  Faults faults_;
};

TEST_F(WaitTest, TokenWokenBeforeTheWaitEndsItAtOnce) {
  WakeReason reason = WakeReason::kNone;
  Start([&] {
    Wait wait(scheduler(), "Token");
    EXPECT_TRUE(Waitable::Wake(wait.token(), WakeReason::kNotified));
    reason = wait.Until(Instant::Infinite());
  }).Unref();
  world_.Run();
  EXPECT_EQ(reason, WakeReason::kNotified);
}

TEST_F(WaitTest, WakeBeforeTheDeadlineCancelsIt) {
  WaitToken token;
  Start([&] {
    Wait wait(scheduler(), "Token");
    token = wait.token();
    EXPECT_EQ(wait.Until(In(absl::Hours(1))), WakeReason::kNotified);
    EXPECT_EQ(world_.worker().timers().size(), 0u);
  }).Unref();
  Start([&] { EXPECT_TRUE(Waitable::Wake(token, WakeReason::kNotified)); }).Unref();
  world_.Run();
  EXPECT_LT(world_.now().nanos(), 1000);
}

TEST_F(WaitTest, DeadlineThatHasPassedEndsTheWait) {
  WakeReason reason = WakeReason::kNone;
  Start([&] {
    Wait(scheduler(), "Sleep").Until(In(absl::Seconds(1)));
    reason = Wait(scheduler(), "Late").Until(Instant());
  }).Unref();
  world_.Run();
  EXPECT_EQ(reason, WakeReason::kDeadline);
  EXPECT_EQ(world_.now().nanos(), 1000000000);
}

TEST_F(WaitTest, TokenOfAWaitThatIsOverDoesNothing) {
  Start([&] {
    WaitToken token;
    {
      Wait wait(scheduler(), "Sleep");
      token = wait.token();
      EXPECT_EQ(wait.Until(In(absl::Milliseconds(1))), WakeReason::kDeadline);
      EXPECT_FALSE(Waitable::Wake(token, WakeReason::kNotified));
    }
    EXPECT_FALSE(Waitable::Wake(token, WakeReason::kNotified));
    Wait wait(scheduler(), "Sleep");
    EXPECT_FALSE(Waitable::Wake(token, WakeReason::kNotified));
    EXPECT_EQ(wait.Until(In(absl::Milliseconds(1))), WakeReason::kDeadline);
  }).Unref();
  world_.Run();
}

// Whoever wakes it believes that it took what it was offered.
TEST_F(WaitTest, WaitThatAStoppedTaskWasDeniedIsOver) {
  Task& task = Start([&] {
    Wait wait(scheduler(), "Denied");
    EXPECT_EQ(wait.Until(In(absl::Hours(1))), WakeReason::kStopped);
    EXPECT_FALSE(Waitable::Wake(wait.token(), WakeReason::kNotified));
  });
  task.RequestStop();
  world_.Run();
  task.Unref();
}

TEST_F(WaitTest, WaitThatADestructorWasRefusedIsOver) {
  struct Waiter {
    ~Waiter() {
      Wait wait(test->scheduler(), "Refused");
      EXPECT_EQ(wait.Until(Instant::Infinite()), WakeReason::kRefused);
      EXPECT_FALSE(Waitable::Wake(wait.token(), WakeReason::kNotified));
    }
    WaitTest* test;
  };
  Start([&] {
    Waiter waiter{this};
    throw 1;
  }).Unref();
  world_.Run();
}

TEST_F(WaitTest, WaitThatNeverBeganIsOverWithItsObject) {
  Start([&] {
    WaitToken token;
    {
      Wait wait(scheduler(), "Unused");
      token = wait.token();
    }
    EXPECT_FALSE(Waitable::Wake(token, WakeReason::kNotified));
  }).Unref();
  world_.Run();
  WaitToken token;
  {
    Wait wait(scheduler(), "Unused");
    token = wait.token();
  }
  EXPECT_FALSE(Waitable::Wake(token, WakeReason::kNotified));
}

// The notifier won: its word counts, or what it brought would be lost.
TEST_F(WaitTest, StoppedTaskThatWasNotifiedFirstIsToldSo) {
  Task& task = Start([&] {
    Wait wait(scheduler(), "Token");
    EXPECT_TRUE(Waitable::Wake(wait.token(), WakeReason::kNotified));
    EXPECT_EQ(wait.Until(Instant::Infinite()), WakeReason::kNotified);
  });
  task.RequestStop();
  world_.Run();
  task.Unref();
}

// Woken while it still ran, it is in the ready queue: it must come out of there once, and no more.
TEST_F(WaitTest, CommittedWaitThatWasWokenEarlyEndsWithItsNextTurn) {
  int others = 0;
  int brought = 0;
  Start([&] {
    for (int i = 1; i <= 3; ++i) {
      Wait wait(scheduler(), "Committed");
      EXPECT_TRUE(Waitable::Deliver(wait.Commit(), &brought));
      Start([&] { ++others; }).Unref();
      EXPECT_EQ(wait.Until(Instant::Infinite()), WakeReason::kNotified);
      EXPECT_EQ(wait.TakeDelivered(), &brought);
      EXPECT_EQ(others, i - 1);  // it was ready before the other
    }
  }).Unref();
  world_.Run();
  EXPECT_EQ(others, 3);
}

TEST_F(WaitTest, CommittedWaitIsWokenWhileParkedAndByItsDeadline) {
  WaitToken token;
  std::vector<WakeReason> reasons;
  Start([&] {
    Wait wait(scheduler(), "Committed");
    token = wait.Commit();
    reasons.push_back(wait.Until(Instant::Infinite()));
    Wait second(scheduler(), "Committed");
    second.Commit();
    reasons.push_back(second.Until(In(absl::Seconds(1))));
  }).Unref();
  Start([&] { EXPECT_TRUE(Waitable::Wake(token, WakeReason::kNotified)); }).Unref();
  world_.Run();
  EXPECT_EQ(reasons, (std::vector{WakeReason::kNotified, WakeReason::kDeadline}));
}

// Each way not to park after all, with the waker first and without one.
TEST_F(WaitTest, CommittedWaitThatNeverParksLeavesNothingInTheReadyQueue) {
  world_.domain().set_fault_point(&faults_);
  for (const bool woken : {false, true}) {
    for (const SuspensionFault fault :
         {SuspensionFault::kNone, SuspensionFault::kPanic, SuspensionFault::kKill}) {
      faults_.fault = fault;
      WaitToken token;
      int brought = 0;
      int ended = 0;
      const auto wait_or_not = [&] {
        Wait wait(scheduler(), "Committed");
        token = wait.Commit();
        EXPECT_EQ(woken && Waitable::Deliver(token, &brought), woken);
        if (fault != SuspensionFault::kNone) (void)wait.Until(Instant::Infinite());
      };
      Task::Start(world_.domain(), "task", wait_or_not,
                  [&](GuardResult, const std::exception_ptr&) { ++ended; })
          .Unref();
      world_.Run();
      EXPECT_EQ(ended, 1);
      EXPECT_FALSE(Waitable::Wake(token, WakeReason::kNotified));
      EXPECT_EQ(world_.worker().fibers(), world_.worker().idle_fibers());
      (void)token.waitable->TakeDelivered();
    }
  }
}

TEST_F(WaitTest, StatusTellsHowTheWaitEnded) {
  EXPECT_TRUE(WaitStatus(WakeReason::kNotified, "Ask").ok());
  EXPECT_EQ(WaitStatus(WakeReason::kDeadline, "Ask").code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(WaitStatus(WakeReason::kStopped, "Ask").code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(WaitStatus(WakeReason::kRefused, "Ask").code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(WaitStatus(WakeReason::kStopped, "Ask of Counter#3").message(),
            "Ask of Counter#3: the caller is being stopped");
}

TEST_F(WaitTest, FaultAtASuspensionPanicsOrKillsThere) {
  world_.domain().set_fault_point(&faults_);
  for (const auto& [fault, expected] : {std::pair{SuspensionFault::kNone, GuardResult::kReturned},
                                        std::pair{SuspensionFault::kPanic, GuardResult::kThrew},
                                        std::pair{SuspensionFault::kKill, GuardResult::kUnwound}}) {
    faults_.fault = fault;
    GuardResult result{};
    Task::Start(
        world_.domain(), "task", [&] { Wait(scheduler(), "Sleep").Until(In(absl::Seconds(1))); },
        [&](GuardResult ended, const std::exception_ptr&) { result = ended; })
        .Unref();
    world_.Run();
    EXPECT_EQ(result, expected);
  }
}

}  // namespace
}  // namespace rehearse
