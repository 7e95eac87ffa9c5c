#include "rehearse/actor/runtime/waitable.h"

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <thread>
#include <vector>

namespace rehearse {
namespace {

class Sleeper final : public Waitable {
 public:
  using Waitable::Commit;
  using Waitable::PublishParked;
  using Waitable::Withdraw;

  std::atomic<int> times_woken{0};

 private:
  void OnWoken() override { times_woken.fetch_add(1); }
};

TEST(WaitableTest, WakerOfAParkedSleeperMakesItReady) {
  Sleeper sleeper;
  const WaitToken token = sleeper.Arm();
  EXPECT_TRUE(sleeper.PublishParked());
  EXPECT_EQ(sleeper.reason(), WakeReason::kNone);
  EXPECT_TRUE(Waitable::Wake(token, WakeReason::kNotified));
  EXPECT_EQ(sleeper.times_woken, 1);
  EXPECT_EQ(sleeper.reason(), WakeReason::kNotified);
}

TEST(WaitableTest, SleeperWokenBeforeItParksDoesNotPark) {
  Sleeper sleeper;
  const WaitToken token = sleeper.Arm();
  EXPECT_TRUE(Waitable::Wake(token, WakeReason::kStopped));
  EXPECT_FALSE(sleeper.PublishParked());
  EXPECT_EQ(sleeper.times_woken, 0);
  EXPECT_EQ(sleeper.reason(), WakeReason::kStopped);
}

TEST(WaitableTest, FirstReasonStands) {
  Sleeper sleeper;
  const WaitToken token = sleeper.Arm();
  sleeper.PublishParked();
  EXPECT_TRUE(Waitable::Wake(token, WakeReason::kDeadline));
  EXPECT_FALSE(Waitable::Wake(token, WakeReason::kNotified));
  EXPECT_FALSE(Waitable::Wake(sleeper.token(), WakeReason::kStopped));
  EXPECT_EQ(sleeper.reason(), WakeReason::kDeadline);
  EXPECT_EQ(sleeper.times_woken, 1);
}

TEST(WaitableTest, NewWaitForgetsTheOldReason) {
  Sleeper sleeper;
  Waitable::Wake(sleeper.Arm(), WakeReason::kStopped);
  sleeper.Arm();
  EXPECT_EQ(sleeper.reason(), WakeReason::kNone);
  EXPECT_TRUE(sleeper.PublishParked());
}

TEST(WaitableTest, StaleTokenDoesNothing) {
  Sleeper sleeper;
  const WaitToken stale = sleeper.Arm();
  const WaitToken fresh = sleeper.Arm();  // the first wait was given up without parking
  EXPECT_FALSE(Waitable::Wake(stale, WakeReason::kNotified));
  EXPECT_TRUE(sleeper.PublishParked());
  EXPECT_FALSE(Waitable::Wake(stale, WakeReason::kNotified));
  EXPECT_EQ(sleeper.reason(), WakeReason::kNone);
  EXPECT_TRUE(Waitable::Wake(fresh, WakeReason::kNotified));
  EXPECT_EQ(sleeper.times_woken, 1);
}

TEST(WaitableTest, TokenOfNobodyDoesNothing) {
  EXPECT_FALSE(Waitable::Wake(WaitToken{}, WakeReason::kNotified));
  EXPECT_FALSE(static_cast<bool>(WaitToken{}));
}

TEST(WaitableTest, SleeperThatNeverWaitedIsNotWoken) {
  Sleeper sleeper;
  EXPECT_FALSE(Waitable::Wake(sleeper.token(), WakeReason::kStopped));
  EXPECT_FALSE(sleeper.PublishParked());
  EXPECT_EQ(sleeper.times_woken, 0);
}

TEST(WaitableTest, CommittedSleeperIsMadeReadyBeforeItParks) {
  Sleeper sleeper;
  const WaitToken token = sleeper.Arm();
  sleeper.Commit();
  EXPECT_TRUE(Waitable::Wake(token, WakeReason::kNotified));
  EXPECT_EQ(sleeper.times_woken, 1);
  EXPECT_EQ(sleeper.reason(), WakeReason::kNotified);
}

TEST(WaitableTest, DeliveryWakesAndLeavesWhatItBrought) {
  Sleeper sleeper;
  int brought = 0;
  const WaitToken token = sleeper.Arm();
  sleeper.Commit();
  EXPECT_TRUE(Waitable::Deliver(token, &brought));
  EXPECT_EQ(sleeper.times_woken, 1);
  EXPECT_EQ(sleeper.reason(), WakeReason::kNotified);
  EXPECT_EQ(sleeper.TakeDelivered(), &brought);
  EXPECT_EQ(sleeper.TakeDelivered(), nullptr);
}

TEST(WaitableTest, DeliveryToAWaitThatIsOverStaysTheSenders) {
  Sleeper sleeper;
  int brought = 0;
  const WaitToken token = sleeper.Arm();
  sleeper.PublishParked();
  EXPECT_TRUE(Waitable::Wake(token, WakeReason::kDeadline));
  EXPECT_FALSE(Waitable::Deliver(token, &brought));
  sleeper.Arm();
  EXPECT_FALSE(Waitable::Deliver(token, &brought));
  EXPECT_EQ(sleeper.TakeDelivered(), nullptr);
  EXPECT_EQ(sleeper.reason(), WakeReason::kNone);
}

TEST(WaitableTest, WithdrawnWaitIsOverAndNobodyIsMadeReady) {
  Sleeper sleeper;
  const WaitToken token = sleeper.Arm();
  sleeper.Commit();
  EXPECT_TRUE(sleeper.Withdraw(token.generation, WakeReason::kRefused));
  EXPECT_EQ(sleeper.times_woken, 0);
  EXPECT_EQ(sleeper.reason(), WakeReason::kRefused);
  EXPECT_FALSE(Waitable::Wake(token, WakeReason::kNotified));
  EXPECT_FALSE(sleeper.Withdraw(token.generation, WakeReason::kStopped));
  EXPECT_EQ(sleeper.times_woken, 0);
}

// Two deliver, one wakes: exactly one ends the wait, and what was brought is there if a delivery
// did.
TEST(WaitableStressTest, OneDeliveryOfManyArrivesWhole) {
  constexpr int kRounds = 3000;
  Sleeper sleeper;
  WaitToken token;
  int gifts[2] = {};
  std::atomic<void*> delivered{nullptr};
  std::atomic<int> wins{0};
  std::barrier meeting(4);
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      for (int round = 0; round < kRounds; ++round) {
        meeting.arrive_and_wait();
        if (t == 2) {
          if (Waitable::Wake(token, WakeReason::kDeadline)) wins.fetch_add(1);
        } else if (Waitable::Deliver(token, &gifts[t])) {
          delivered = &gifts[t];
          wins.fetch_add(1);
        }
        meeting.arrive_and_wait();
      }
    });
  }
  for (int round = 0; round < kRounds; ++round) {
    token = sleeper.Arm();
    sleeper.Commit();
    delivered = nullptr;
    meeting.arrive_and_wait();
    while (sleeper.reason() == WakeReason::kNone) std::this_thread::yield();
    void* const taken = sleeper.TakeDelivered();
    const bool notified = sleeper.reason() == WakeReason::kNotified;
    meeting.arrive_and_wait();
    ASSERT_EQ(wins, round + 1);
    ASSERT_EQ(taken, delivered.load());
    ASSERT_EQ(notified, taken != nullptr);
  }
  for (std::thread& thread : threads) thread.join();
}

// Four wakers and the sleeper's own parking meet; tokens of the round before are used as well.
TEST(WaitableStressTest, ExactlyOneOfManyWakersWins) {
  constexpr int kWakers = 4;
  constexpr int kRounds = 3000;
  Sleeper sleeper;
  WaitToken token;
  WaitToken stale;
  std::atomic<int> wins{0};
  std::atomic<int> stale_wins{0};
  std::barrier meeting(kWakers + 1);
  std::vector<std::thread> wakers;
  for (int w = 0; w < kWakers; ++w) {
    wakers.emplace_back([&, w] {
      for (int round = 0; round < kRounds; ++round) {
        meeting.arrive_and_wait();
        if (Waitable::Wake(stale, WakeReason::kStopped)) stale_wins.fetch_add(1);
        const auto reason = w % 2 == 0 ? WakeReason::kNotified : WakeReason::kDeadline;
        if (Waitable::Wake(token, reason)) wins.fetch_add(1);
        meeting.arrive_and_wait();
      }
    });
  }
  int parked = 0;
  for (int round = 0; round < kRounds; ++round) {
    stale = token;
    token = sleeper.Arm();
    meeting.arrive_and_wait();
    parked += sleeper.PublishParked() ? 1 : 0;
    meeting.arrive_and_wait();
    ASSERT_EQ(wins, round + 1);
    ASSERT_EQ(sleeper.times_woken, parked);
    ASSERT_NE(sleeper.reason(), WakeReason::kNone);
    ASSERT_NE(sleeper.reason(), WakeReason::kStopped);
  }
  for (std::thread& waker : wakers) waker.join();
  EXPECT_EQ(stale_wins, 0);
}

}  // namespace
}  // namespace rehearse
