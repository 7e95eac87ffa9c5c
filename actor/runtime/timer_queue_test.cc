#include "rehearse/actor/runtime/timer_queue.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <vector>

namespace rehearse {
namespace {

Instant At(int64_t nanos) { return Instant::FromNanos(nanos); }

class Alarm final : public Timer {
 public:
  Alarm() = default;
  explicit Alarm(std::function<void()> on_fire) : on_fire_(std::move(on_fire)) {}

  void Fire() override {
    ++fired;
    if (on_fire_ != nullptr) on_fire_();
  }

  int fired = 0;

 private:
  std::function<void()> on_fire_;
};

class TimerQueueTest : public testing::Test {
 public:
  // An alarm that says `name` when it fires.
  std::unique_ptr<Alarm> Saying(int name) {
    return std::make_unique<Alarm>([this, name] { said_.push_back(name); });
  }

  TimerQueue queue_;
  std::vector<int> said_;
};

TEST_F(TimerQueueTest, FiresTheEarliestFirst) {
  const auto third = Saying(3);
  const auto first = Saying(1);
  const auto second = Saying(2);
  queue_.Set(*third, At(30));
  queue_.Set(*first, At(10));
  queue_.Set(*second, At(20));
  EXPECT_EQ(queue_.next(), At(10));
  EXPECT_EQ(queue_.FireDue(At(1000)), 3u);
  EXPECT_EQ(said_, (std::vector<int>{1, 2, 3}));
}

TEST_F(TimerQueueTest, FiresAtItsInstantAndNotANanosecondBefore) {
  Alarm alarm;
  queue_.Set(alarm, At(10));
  EXPECT_EQ(queue_.FireDue(At(9)), 0u);
  EXPECT_TRUE(alarm.active());
  EXPECT_EQ(queue_.FireDue(At(10)), 1u);
  EXPECT_FALSE(alarm.active());
  EXPECT_EQ(queue_.FireDue(At(11)), 0u);
  EXPECT_EQ(alarm.fired, 1);
}

TEST_F(TimerQueueTest, TimersForOneInstantFireInTheOrderInWhichTheyWereSet) {
  std::vector<std::unique_ptr<Alarm>> alarms;
  std::vector<int> expected;
  for (int i = 0; i < 50; ++i) {
    alarms.push_back(Saying(i));
    queue_.Set(*alarms.back(), At(5));
  }
  // Set again, a timer stands behind the others.
  queue_.Cancel(*alarms[7]);
  queue_.Set(*alarms[7], At(5));
  for (int i = 0; i < 50; ++i) {
    if (i != 7) expected.push_back(i);
  }
  expected.push_back(7);
  queue_.FireDue(At(5));
  EXPECT_EQ(said_, expected);
}

TEST_F(TimerQueueTest, CancelledTimerNeverFires) {
  Alarm cancelled;
  Alarm kept;
  queue_.Set(cancelled, At(1));
  queue_.Set(kept, At(2));
  queue_.Cancel(cancelled);
  EXPECT_FALSE(cancelled.active());
  EXPECT_EQ(queue_.next(), At(2));
  EXPECT_EQ(queue_.FireDue(At(10)), 1u);
  EXPECT_EQ(cancelled.fired, 0);
  EXPECT_EQ(kept.fired, 1);
}

TEST_F(TimerQueueTest, CancellingAnInactiveTimerDoesNothing) {
  Alarm never_set;
  Alarm fired;
  Alarm kept;
  queue_.Set(fired, At(1));
  queue_.Set(kept, At(2));
  queue_.FireDue(At(1));
  queue_.Cancel(never_set);
  queue_.Cancel(fired);
  EXPECT_EQ(queue_.size(), 1u);
  EXPECT_TRUE(kept.active());
  queue_.Cancel(kept);
}

TEST_F(TimerQueueTest, InfiniteTimerTakesNoPlace) {
  Alarm alarm;
  queue_.Set(alarm, Instant::Infinite());
  EXPECT_FALSE(alarm.active());
  EXPECT_EQ(queue_.size(), 0u);
  EXPECT_EQ(queue_.next(), Instant::Infinite());
  EXPECT_EQ(queue_.FireDue(Instant::Infinite()), 0u);
}

TEST_F(TimerQueueTest, LastFiniteInstantStillFires) {
  Alarm alarm;
  const Instant last = At(Instant::Infinite().nanos() - 1);
  queue_.Set(alarm, last);
  EXPECT_EQ(queue_.next(), last);
  EXPECT_EQ(queue_.FireDue(last), 1u);
}

TEST_F(TimerQueueTest, TimerSetAgainAsItFiresWaitsForTheNextCall) {
  Alarm* again = nullptr;
  Alarm alarm([&] { queue_.Set(*again, At(0)); });
  again = &alarm;
  queue_.Set(alarm, At(1));
  EXPECT_EQ(queue_.FireDue(At(10)), 1u);
  EXPECT_TRUE(alarm.active());
  EXPECT_EQ(queue_.next(), At(0));
  EXPECT_EQ(queue_.FireDue(At(10)), 1u);
  EXPECT_EQ(alarm.fired, 2);
  queue_.Cancel(alarm);
}

// A periodic timer that is late sets itself to an instant before that of the next one due.
TEST_F(TimerQueueTest, TimerSetWhileFiringHoldsUpNoneThatIsDue) {
  Alarm fresh;
  Alarm first([&] { queue_.Set(fresh, At(15)); });
  Alarm second;
  queue_.Set(first, At(10));
  queue_.Set(second, At(20));
  EXPECT_EQ(queue_.FireDue(At(30)), 2u);
  EXPECT_EQ(second.fired, 1);
  EXPECT_EQ(fresh.fired, 0);
  EXPECT_EQ(queue_.next(), At(15));
  EXPECT_EQ(queue_.FireDue(At(30)), 1u);
  EXPECT_EQ(fresh.fired, 1);
  queue_.Cancel(second);
}

TEST_F(TimerQueueTest, TimerCancelledByAnotherThatFiresBeforeItStaysSilent) {
  Alarm second;
  Alarm first([&] { queue_.Cancel(second); });
  queue_.Set(first, At(10));
  queue_.Set(second, At(10));
  EXPECT_EQ(queue_.FireDue(At(10)), 1u);
  EXPECT_EQ(second.fired, 0);
  EXPECT_EQ(queue_.size(), 0u);
}

TEST_F(TimerQueueTest, TimerSetAndCancelledWhileFiringLeavesNothingBehind) {
  Alarm fresh;
  Alarm first([&] {
    queue_.Set(fresh, At(1));
    queue_.Cancel(fresh);
    EXPECT_FALSE(fresh.active());
  });
  queue_.Set(first, At(10));
  EXPECT_EQ(queue_.FireDue(At(10)), 1u);
  EXPECT_EQ(queue_.FireDue(At(10)), 0u);
  EXPECT_EQ(queue_.size(), 0u);
}

TEST_F(TimerQueueTest, TimerMayBeDestroyedAsItFires) {
  std::unique_ptr<Alarm> alarm;
  int fired = 0;
  alarm = std::make_unique<Alarm>([&] {
    ++fired;
    alarm.reset();
  });
  Alarm later;
  queue_.Set(*alarm, At(1));
  queue_.Set(later, At(2));
  EXPECT_EQ(queue_.FireDue(At(2)), 2u);
  EXPECT_EQ(fired, 1);
  EXPECT_EQ(later.fired, 1);
}

using TimerQueueDeathTest = TimerQueueTest;

TEST_F(TimerQueueDeathTest, SettingAnActiveTimerIsABug) {
  Alarm alarm;
  queue_.Set(alarm, At(1));
  EXPECT_DEATH(queue_.Set(alarm, At(2)), "a timer was set twice");
  queue_.Cancel(alarm);
}

}  // namespace
}  // namespace rehearse
