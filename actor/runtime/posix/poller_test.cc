// What every real poller promises; tests of what is special about one stand beside it.

#include "rehearse/actor/runtime/poller.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "rehearse/actor/runtime/posix/condition_poller.h"
#include "rehearse/actor/runtime/posix/epoll_poller.h"

namespace rehearse {
namespace {

struct Kind {
  std::string name;
  std::function<std::unique_ptr<Poller>()> make;
};

class PollerTest : public testing::TestWithParam<Kind> {
 public:
  PollerTest() : poller_(GetParam().make()) {}

  // A poller may return early; whoever waits looks at the clock and waits again.
  int WaitFor(Instant deadline) {
    int waits = 0;
    for (; poller_->Now() < deadline; ++waits) poller_->Wait(deadline);
    return waits;
  }

  const std::unique_ptr<Poller> poller_;
};

INSTANTIATE_TEST_SUITE_P(
    Kinds, PollerTest,
    testing::Values(
        Kind{"Condition", [] { return std::make_unique<ConditionPoller>(BootClock()); }},
        Kind{"Epoll", [] { return *EpollPoller::Create(BootClock()); }},
        Kind{"BusyEpoll", [] { return *EpollPoller::Create(BootClock(), absl::Milliseconds(1)); }}),
    [](const auto& info) { return info.param.name; });

TEST_P(PollerTest, TimebaseBeginsNearZeroAndNeverGoesBack) {
  Instant last = poller_->Now();
  EXPECT_GE(last, Instant());
  EXPECT_LT(last, Instant() + absl::Seconds(10));
  for (int i = 0; i < 1000; ++i) {
    poller_->Wait(Instant());
    const Instant now = poller_->Now();
    ASSERT_GE(now, last);
    last = now;
  }
}

// An early end would be a spin through the rest; more than a few waits are one.
TEST_P(PollerTest, WaitLastsToItsDeadlineWithoutSpinning) {
  for (const absl::Duration length :
       {absl::Nanoseconds(1), absl::Microseconds(10), absl::Microseconds(999),
        absl::Milliseconds(1), absl::Microseconds(1001), absl::Microseconds(2500),
        absl::Milliseconds(10)}) {
    const Instant begin = poller_->Now();
    EXPECT_LE(WaitFor(begin + length), 3) << absl::FormatDuration(length);
    EXPECT_GE(poller_->Now() - begin, length);
  }
}

TEST_P(PollerTest, WaitForThePastReturnsAtOnce) {
  for (int i = 0; i < 1000; ++i) poller_->Wait(Instant());
  for (int i = 0; i < 1000; ++i) poller_->Wait(poller_->Now());
}

TEST_P(PollerTest, WakeBeforeAWaitEndsIt) {
  poller_->Wake();
  poller_->Wait(Instant::Infinite());
}

TEST_P(PollerTest, SeveralWakesEndOneWaitTogether) {
  for (int i = 0; i < 5; ++i) poller_->Wake();
  poller_->Wait(Instant::Infinite());
  const Instant begin = poller_->Now();
  WaitFor(begin + absl::Milliseconds(3));
  EXPECT_GE(poller_->Now() - begin, absl::Milliseconds(3));
}

TEST_P(PollerTest, WakeFromAThreadEndsAWait) {
  for (const Instant deadline :
       {Instant::Infinite(), Instant::FromNanos(Instant::Infinite().nanos() - 1),
        Instant() + absl::Hours(24 * 365 * 200), Instant() + absl::Hours(24 * 40)}) {
    for (int round = 0; round < 50; ++round) {
      std::thread waker([this] { poller_->Wake(); });
      poller_->Wait(deadline);
      waker.join();
      poller_->Wait(Instant());  // takes a wake that came too late to end the other wait
    }
  }
}

// Each wake is answered by a wait that ends after it; none is lost in between.
TEST_P(PollerTest, NoWakeIsLostBetweenWaits) {
  constexpr int kWakes = 2000;
  std::atomic<int> sent{0};
  std::atomic<int> seen{0};
  std::thread waker([&] {
    for (int i = 1; i <= kWakes; ++i) {
      sent.store(i);
      poller_->Wake();
      while (seen.load() < i) std::this_thread::yield();
    }
  });
  while (seen.load() < kWakes) {
    poller_->Wait(Instant::Infinite());
    seen.store(sent.load());
  }
  waker.join();
}

}  // namespace
}  // namespace rehearse
