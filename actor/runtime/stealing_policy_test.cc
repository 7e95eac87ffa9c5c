#include "rehearse/actor/runtime/stealing_policy.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <deque>
#include <thread>
#include <vector>

#include "rehearse/actor/runtime/testing.h"

namespace rehearse {
namespace {

class Numbered final : public Runnable {
 public:
  Numbered(RunnableKind kind, Domain& domain, int number)
      : Runnable(kind, domain), number(number) {}
  ~Numbered() override = default;

  void Run(Worker&) override {}

  const int number;
  int taken = 0;  // not atomic: whoever takes it has it alone
};

class StealingPolicyTest : public testing::Test {
 public:
  Numbered& Make(RunnableKind kind = RunnableKind::kActivation) {
    return made_.emplace_back(kind, world_.domain(), static_cast<int>(made_.size()));
  }
  static int NumberOf(Runnable* runnable) {
    return runnable == nullptr ? -1 : static_cast<Numbered*>(runnable)->number;
  }

  // Null if there is none.
  static Runnable* StealOne(StealingPolicy& policy) {
    Runnable* stolen = nullptr;
    return policy.Steal({&stolen, 1}) == 1 ? stolen : nullptr;
  }
  std::vector<int> NumbersStolen(size_t room) {
    std::vector<Runnable*> stolen(room);
    stolen.resize(policy_.Steal(stolen));
    std::vector<int> numbers;
    for (Runnable* const one : stolen) numbers.push_back(NumberOf(one));
    return numbers;
  }

  TestScheduler world_;
  std::deque<Numbered> made_;
  StealingPolicy policy_;
};

TEST_F(StealingPolicyTest, EmptyOneHasNothingForAnyone) {
  EXPECT_TRUE(policy_.empty());
  EXPECT_EQ(policy_.Pop(), nullptr);
  EXPECT_EQ(StealOne(policy_), nullptr);
  EXPECT_EQ(policy_.Pop(), nullptr);
}

TEST_F(StealingPolicyTest, OwnerTakesActivationsInTheOrderInWhichTheyCame) {
  for (int i = 0; i < 1000; ++i) policy_.Push(Make());
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(NumberOf(policy_.Pop()), i);
  EXPECT_TRUE(policy_.empty());
}

TEST_F(StealingPolicyTest, OwnerTakesPinnedOnesInTheOrderInWhichTheyCame) {
  for (int i = 0; i < 1000; ++i) {
    policy_.Push(Make(i % 2 == 0 ? RunnableKind::kPinned : RunnableKind::kFiber));
  }
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(NumberOf(policy_.Pop()), i);
}

TEST_F(StealingPolicyTest, ThiefTakesTheOldestActivation) {
  for (int i = 0; i < 3; ++i) policy_.Push(Make());
  EXPECT_EQ(NumberOf(StealOne(policy_)), 0);
  EXPECT_EQ(NumberOf(policy_.Pop()), 1);
  EXPECT_EQ(NumberOf(StealOne(policy_)), 2);
  EXPECT_EQ(StealOne(policy_), nullptr);
}

TEST_F(StealingPolicyTest, ThiefTakesTheOlderHalf) {
  for (int i = 0; i < 7; ++i) policy_.Push(Make());
  EXPECT_EQ(NumbersStolen(32), (std::vector<int>{0, 1, 2, 3}));
  EXPECT_EQ(NumbersStolen(32), (std::vector<int>{4, 5}));
  EXPECT_EQ(NumbersStolen(32), (std::vector<int>{6}));
  EXPECT_EQ(NumbersStolen(32), (std::vector<int>{}));
  EXPECT_EQ(policy_.Pop(), nullptr);
}

TEST_F(StealingPolicyTest, ThiefTakesNoMoreThanItHasRoomFor) {
  for (int i = 0; i < 10; ++i) policy_.Push(Make());
  EXPECT_EQ(NumbersStolen(3), (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(NumbersStolen(0), (std::vector<int>{}));
  EXPECT_EQ(NumberOf(policy_.Pop()), 3);
}

TEST_F(StealingPolicyTest, ThiefReadsOverTheRingsEnd) {
  for (int i = 0; i < 250; ++i) policy_.Push(Make());
  for (int i = 0; i < 250; ++i) (void)policy_.Pop();
  for (int i = 0; i < 12; ++i) policy_.Push(Make());  // slots 250 to 255, and 0 to 5
  for (int i = 0; i < 5; ++i) (void)policy_.Pop();
  EXPECT_EQ(NumbersStolen(32), (std::vector<int>{255, 256, 257, 258}));
}

TEST_F(StealingPolicyTest, FibersAndPinnedOnesAreNeverStolen) {
  policy_.Push(Make(RunnableKind::kPinned));
  policy_.Push(Make(RunnableKind::kFiber));
  EXPECT_EQ(StealOne(policy_), nullptr);
  EXPECT_FALSE(policy_.empty());
  policy_.Push(Make());
  EXPECT_EQ(NumberOf(StealOne(policy_)), 2);
  EXPECT_EQ(StealOne(policy_), nullptr);
  EXPECT_EQ(NumberOf(policy_.Pop()), 0);
  EXPECT_EQ(NumberOf(policy_.Pop()), 1);
}

// The kind that becomes ready again each time it ran must not keep the other from its turn.
TEST_F(StealingPolicyTest, NeitherKindStarvesTheOther) {
  for (const RunnableKind eager : {RunnableKind::kActivation, RunnableKind::kPinned}) {
    StealingPolicy policy;
    const RunnableKind patient =
        eager == RunnableKind::kPinned ? RunnableKind::kActivation : RunnableKind::kPinned;
    for (int i = 0; i < 3; ++i) policy.Push(Make(eager));
    for (int i = 0; i < 10; ++i) policy.Push(Make(patient));
    int patient_ran = 0;
    for (int turn = 0; turn < 20; ++turn) {
      Runnable* const runnable = policy.Pop();
      ASSERT_NE(runnable, nullptr);
      if (runnable->kind() == patient) {
        ++patient_ran;
      } else {
        policy.Push(*runnable);
      }
    }
    EXPECT_EQ(patient_ran, 10);
  }
}

TEST_F(StealingPolicyTest, GrowsWhereItsRingIsFullAndKeepsTheOrder) {
  int next = 0;
  int pushed = 0;
  // The ring's ends stand in its middle when it grows, so that the order wraps around.
  for (const int count : {200, 255, 256, 257, 511, 513, 5000}) {
    for (int i = 0; i < count; ++i, ++pushed) policy_.Push(Make());
    for (int i = 0; i < count - 10; ++i, ++next) ASSERT_EQ(NumberOf(policy_.Pop()), next);
  }
  for (; next < pushed; ++next) ASSERT_EQ(NumberOf(StealOne(policy_)), next);
  EXPECT_TRUE(policy_.empty());
}

TEST_F(StealingPolicyTest, SameRunnableMayComeBackForEver) {
  Numbered& one = Make();
  Numbered& other = Make(RunnableKind::kPinned);
  for (int i = 0; i < 10000; ++i) {
    policy_.Push(one);
    policy_.Push(other);
    ASSERT_NE(policy_.Pop(), policy_.Pop());
    ASSERT_TRUE(policy_.empty());
  }
}

class StealingPolicyStressTest : public StealingPolicyTest {
 public:
  // Counts what is stolen until told to stop; then until there is nothing left.
  void StealUntilOver() {
    while (true) {
      const bool last_look = over_.load();
      std::array<Runnable*, 8> stolen;
      const size_t count = policy_.Steal(stolen);
      if (count == 0 && last_look) return;
      for (size_t i = 0; i < count; ++i) {
        EXPECT_EQ(stolen[i]->kind(), RunnableKind::kActivation);
        ++static_cast<Numbered*>(stolen[i])->taken;
      }
      stolen_.fetch_add(static_cast<int>(count), std::memory_order_relaxed);
    }
  }

  void StartThieves(int count) {
    for (int i = 0; i < count; ++i) thieves_.emplace_back([this] { StealUntilOver(); });
  }
  void EndThieves() {
    over_.store(true);
    for (std::thread& thief : thieves_) thief.join();
  }

  std::atomic<bool> over_{false};
  std::atomic<int> stolen_{0};
  std::vector<std::thread> thieves_;
};

TEST_F(StealingPolicyStressTest, EachOneIsTakenExactlyOnce) {
  constexpr int kRunnables = 60000;
  for (int i = 0; i < kRunnables; ++i) {
    Make(i % 4 == 0 ? RunnableKind::kPinned : RunnableKind::kActivation);
  }
  StartThieves(3);
  int last_pinned = -1;
  const auto pop = [&] {
    auto* const popped = static_cast<Numbered*>(policy_.Pop());
    if (popped == nullptr) return false;
    ++popped->taken;
    if (popped->kind() == RunnableKind::kPinned) {
      EXPECT_LT(last_pinned, popped->number);
      last_pinned = popped->number;
    }
    return true;
  };
  // Bursts of many sizes: the ring is now nearly empty, where all meet, and now growing.
  size_t pushed = 0;
  for (int burst = 1; pushed < made_.size(); burst = burst * 7 % 1999) {
    for (int i = 0; i < burst && pushed < made_.size(); ++i) policy_.Push(made_[pushed++]);
    for (int i = 0; i < burst / 2 + 1; ++i) pop();
  }
  while (pop()) {
  }
  EndThieves();
  EXPECT_TRUE(policy_.empty());
  for (const Numbered& numbered : made_) ASSERT_EQ(numbered.taken, 1) << numbered.number;
  RecordProperty("stolen", stolen_);
}

// With one in the queue at a time, owner and thieves want the same one each time.
TEST_F(StealingPolicyStressTest, LastOneIsTakenByOnlyOne) {
  constexpr int kRunnables = 30000;
  for (int i = 0; i < kRunnables; ++i) Make();
  StartThieves(2);
  int popped = 0;
  for (Numbered& numbered : made_) {
    policy_.Push(numbered);
    auto* const taken = static_cast<Numbered*>(policy_.Pop());
    if (taken == nullptr) continue;
    ++taken->taken;
    ++popped;
  }
  while (auto* const taken = static_cast<Numbered*>(policy_.Pop())) {
    ++taken->taken;
    ++popped;
  }
  EndThieves();
  EXPECT_EQ(popped + stolen_, kRunnables);
  for (const Numbered& numbered : made_) ASSERT_EQ(numbered.taken, 1) << numbered.number;
}

// What a thief gave back by pushing it elsewhere carries all that was written before.
TEST_F(StealingPolicyStressTest, ThiefSeesWhatTheOwnerWroteBeforePushing) {
  constexpr int kRounds = 5000;
  StealingPolicy back;
  Numbered& ball = Make();
  std::thread thief([&] {
    for (int i = 0; i < kRounds; ++i) {
      Runnable* stolen = nullptr;
      while ((stolen = StealOne(policy_)) == nullptr) std::this_thread::yield();
      EXPECT_EQ(++static_cast<Numbered*>(stolen)->taken, 2 * i + 2);
      back.Push(*stolen);
    }
  });
  for (int i = 0; i < kRounds; ++i) {
    EXPECT_EQ(++ball.taken, 2 * i + 1);
    policy_.Push(ball);
    while (StealOne(back) == nullptr) std::this_thread::yield();
  }
  thief.join();
  EXPECT_EQ(ball.taken, 2 * kRounds);
}

}  // namespace
}  // namespace rehearse
