#include "rehearse/actor/runtime/thread_waiter.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace rehearse {
namespace {

TEST(ThreadWaiterTest, WakeBeforeBlockReturnsAtOnce) {
  ThreadWaiter waiter;
  const WaitToken token = waiter.Arm();
  EXPECT_TRUE(Waitable::Wake(token, WakeReason::kNotified));
  EXPECT_EQ(waiter.Block(absl::InfiniteDuration()), WakeReason::kNotified);
}

TEST(ThreadWaiterTest, TimeThatIsUpAlreadyEndsTheWait) {
  ThreadWaiter waiter;
  for (const absl::Duration timeout :
       {absl::ZeroDuration(), absl::Nanoseconds(1), absl::Milliseconds(-5), absl::Hours(-1000000),
        -absl::InfiniteDuration()}) {
    const WaitToken token = waiter.Arm();
    EXPECT_EQ(waiter.Block(timeout), WakeReason::kDeadline);
    EXPECT_FALSE(Waitable::Wake(token, WakeReason::kNotified));
  }
}

TEST(ThreadWaiterTest, WakeFromAnotherThreadEndsTheWait) {
  ThreadWaiter waiter;
  for (int round = 0; round < 200; ++round) {
    const WaitToken token = waiter.Arm();
    std::thread waker([token] { EXPECT_TRUE(Waitable::Wake(token, WakeReason::kNotified)); });
    const absl::Duration timeout = round % 2 == 0 ? absl::InfiniteDuration() : absl::Hours(1);
    EXPECT_EQ(waiter.Block(timeout), WakeReason::kNotified);
    waker.join();
  }
}

// 290 years: more than the library's arithmetic holds when it is added to the time of day.
TEST(ThreadWaiterTest, LongestTimeoutsAreNotOverAtOnce) {
  ThreadWaiter waiter;
  for (const absl::Duration timeout :
       {absl::Nanoseconds(INT64_MAX), absl::Hours(24 * 365 * 292), absl::Hours(24 * 365 * 1000)}) {
    const WaitToken token = waiter.Arm();
    std::thread waker([token] { Waitable::Wake(token, WakeReason::kNotified); });
    EXPECT_EQ(waiter.Block(timeout), WakeReason::kNotified);
    waker.join();
  }
}

TEST(ThreadWaiterTest, StaleTokenDoesNotEndTheNextWait) {
  ThreadWaiter waiter;
  const WaitToken stale = waiter.Arm();
  EXPECT_EQ(waiter.Block(absl::ZeroDuration()), WakeReason::kDeadline);
  const WaitToken token = waiter.Arm();
  std::thread waker([stale, token] {
    EXPECT_FALSE(Waitable::Wake(stale, WakeReason::kStopped));
    EXPECT_TRUE(Waitable::Wake(token, WakeReason::kNotified));
  });
  EXPECT_EQ(waiter.Block(absl::InfiniteDuration()), WakeReason::kNotified);
  waker.join();
}

// A waker that won is believed even if the time was up; one that lost is told so.
TEST(ThreadWaiterStressTest, WakeAndTimeoutAgreeOnWhoWon) {
  constexpr int kRounds = 3000;
  ThreadWaiter waiter;
  std::atomic<int> round{-1};
  std::atomic<int> answered{-1};
  WaitToken token;
  bool won = false;
  std::thread waker([&] {
    for (int i = 0; i < kRounds; ++i) {
      while (round.load() < i) std::this_thread::yield();
      won = Waitable::Wake(token, WakeReason::kNotified);
      answered.store(i);
    }
  });
  int woken = 0;
  for (int i = 0; i < kRounds; ++i) {
    token = waiter.Arm();
    round.store(i);
    const WakeReason reason = waiter.Block(absl::Nanoseconds(i % 64 * 500));
    while (answered.load() < i) std::this_thread::yield();
    EXPECT_EQ(reason, won ? WakeReason::kNotified : WakeReason::kDeadline);
    woken += won ? 1 : 0;
  }
  waker.join();
  RecordProperty("woken", woken);
}

// Several wakers, a timeout, and tokens that were handed out in earlier waits of the same waiter.
TEST(ThreadWaiterStressTest, OnlyTheLatestTokenEndsAWait) {
  constexpr int kRounds = 2000;
  WaitableTable table;
  ThreadWaiterPool pool(table);
  std::atomic<uint64_t> shared{0};  // the generation, once its token may be used
  std::atomic<bool> over{false};
  ThreadWaiter& waiter = pool.Take();
  const WaitToken first = waiter.Arm();
  std::vector<std::thread> wakers;
  std::atomic<int> wins{0};
  for (int w = 0; w < 3; ++w) {
    wakers.emplace_back([&, w] {
      while (!over.load()) {
        const auto generation = static_cast<uint32_t>(shared.load());
        if (generation == 0) continue;
        const WaitToken token{first.waitable, generation - (w == 2 ? 1 : 0)};
        if (Waitable::Wake(token, WakeReason::kNotified)) wins.fetch_add(1);
      }
    });
  }
  int notified = 0;
  for (int i = 0; i < kRounds; ++i) {
    const WaitToken token = waiter.Arm();
    shared.store(token.generation);
    const WakeReason reason = waiter.Block(absl::Microseconds(i % 50));
    ASSERT_TRUE(reason == WakeReason::kNotified || reason == WakeReason::kDeadline);
    notified += reason == WakeReason::kNotified ? 1 : 0;
  }
  over.store(true);
  for (std::thread& waker : wakers) waker.join();
  EXPECT_EQ(wins, notified);
  pool.GiveBack(waiter);
}

TEST(ThreadWaiterPoolTest, WaitersInUseAreDistinctAndUsedAgain) {
  WaitableTable table;
  ThreadWaiterPool pool(table);
  ThreadWaiter& first = pool.Take();
  ThreadWaiter& second = pool.Take();
  EXPECT_NE(&first, &second);
  pool.GiveBack(first);
  EXPECT_EQ(&pool.Take(), &first);
  pool.GiveBack(first);
  pool.GiveBack(second);
}

TEST(ThreadWaiterPoolTest, TokenOfAWaiterGivenBackIsHarmless) {
  WaitableTable table;
  ThreadWaiterPool pool(table);
  ThreadWaiter& waiter = pool.Take();
  const WaitToken stale = waiter.Arm();
  EXPECT_EQ(waiter.Block(absl::ZeroDuration()), WakeReason::kDeadline);
  pool.GiveBack(waiter);
  EXPECT_FALSE(Waitable::Wake(stale, WakeReason::kNotified));
  ThreadWaiter& again = pool.Take();
  again.Arm();
  EXPECT_FALSE(Waitable::Wake(stale, WakeReason::kNotified));
  EXPECT_EQ(again.reason(), WakeReason::kNone);
  pool.GiveBack(again);
}

TEST(ThreadWaiterPoolTest, ThreadsShareFewWaiters) {
  WaitableTable table;
  ThreadWaiterPool pool(table);
  std::mutex mutex;
  std::set<ThreadWaiter*> seen;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        ThreadWaiter& waiter = pool.Take();
        waiter.Arm();
        EXPECT_EQ(waiter.Block(absl::ZeroDuration()), WakeReason::kDeadline);
        {
          const std::lock_guard<std::mutex> lock(mutex);
          seen.insert(&waiter);
        }
        pool.GiveBack(waiter);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(seen.size(), 4u);
}

}  // namespace
}  // namespace rehearse
