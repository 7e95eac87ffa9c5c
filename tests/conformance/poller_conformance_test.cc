// What all Pollers and Clocks promise, the host's and the simulated ones alike.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "rehearse/actor/env/clock.h"
#include "rehearse/actor/runtime/poller.h"
#include "rehearse/actor/runtime/posix/boot_clock.h"
#include "rehearse/actor/runtime/posix/condition_poller.h"
#include "rehearse/actor/runtime/posix/epoll_poller.h"
#include "rehearse/net/node/host_clock.h"
#include "rehearse/sim/world/sim_clock.h"
#include "rehearse/sim/world/virtual_time.h"

namespace rehearse {
namespace {

// A poller and a node's clock in its time.
class TimeWorld {
 public:
  virtual ~TimeWorld() = default;
  virtual Poller& poller() = 0;
  virtual Clock& clock() = 0;
};

class HostTime final : public TimeWorld {
 public:
  explicit HostTime(bool epoll) {
    const BootClock boot;
    if (epoll) {
      poller_ = *EpollPoller::Create(boot);
    } else {
      poller_ = std::make_unique<ConditionPoller>(boot);
    }
    clock_ = std::make_unique<net::HostClock>(boot);
  }
  Poller& poller() override { return *poller_; }
  Clock& clock() override { return *clock_; }

 private:
  std::unique_ptr<Poller> poller_;
  std::unique_ptr<net::HostClock> clock_;
};

class SimTime final : public TimeWorld {
 public:
  explicit SimTime(int64_t drift_ppm) {
    poller_.set_stop([] {});
    clock_.Set(absl::ZeroDuration(), drift_ppm);
  }
  Poller& poller() override { return poller_; }
  Clock& clock() override { return clock_; }

 private:
  sim::VirtualTime time_;
  sim::SimPoller poller_{time_};
  sim::SimClock clock_{time_};
};

struct TimeArm {
  std::string name;
  std::function<std::unique_ptr<TimeWorld>()> make;
};

class TimeConformance : public testing::TestWithParam<TimeArm> {
 protected:
  const std::unique_ptr<TimeWorld> world_ = GetParam().make();
  Poller& poller_ = world_->poller();
  Clock& clock_ = world_->clock();
};

TEST_P(TimeConformance, WaitReachesItsDeadline) {
  const Instant deadline = poller_.Now() + absl::Milliseconds(5);
  while (poller_.Now() < deadline) poller_.Wait(deadline);
  EXPECT_GE(poller_.Now(), deadline);
}

TEST_P(TimeConformance, WaitUntilThePastReturnsAtOnce) {
  const Instant before = poller_.Now();
  for (int i = 0; i < 100; ++i) poller_.Wait(Instant());
  EXPECT_LT(poller_.Now() - before, absl::Seconds(1));
}

TEST_P(TimeConformance, NeitherTimeGoesBack) {
  Instant timebase = poller_.Now();
  Instant reading = clock_.Now();
  for (int i = 0; i < 20; ++i) {
    poller_.Wait(poller_.Now() + absl::Microseconds(100));
    EXPECT_GE(poller_.Now(), timebase);
    EXPECT_GE(clock_.Now(), reading);
    timebase = poller_.Now();
    reading = clock_.Now();
  }
}

TEST_P(TimeConformance, AWakeBeforeTheWaitEndsIt) {
  poller_.Wake();
  poller_.Wait(poller_.Now() + absl::Hours(1));  // would not return in a test's time
}

TEST_P(TimeConformance, TheClockReadsADeadlineWhenTheTimebaseHasReachedIt) {
  const Instant deadline = clock_.Now() + absl::Milliseconds(10);
  const Instant when = clock_.ToTimebase(deadline);
  while (poller_.Now() < when) poller_.Wait(when);
  EXPECT_GE(clock_.Now() + absl::Microseconds(1), deadline);
}

TEST_P(TimeConformance, NeverStaysNever) {
  EXPECT_TRUE(clock_.ToTimebase(Instant::Infinite()).infinite());
}

TEST_P(TimeConformance, TheCalendarCanBeRead) {
  ASSERT_TRUE(clock_.WallTime().ok());
  EXPECT_GT(*clock_.WallTime(), absl::FromUnixSeconds(1700000000));
}

INSTANTIATE_TEST_SUITE_P(
    Arms, TimeConformance,
    testing::Values(TimeArm{"Epoll", [] { return std::make_unique<HostTime>(true); }},
                    TimeArm{"Condition", [] { return std::make_unique<HostTime>(false); }},
                    TimeArm{"Sim", [] { return std::make_unique<SimTime>(0); }},
                    TimeArm{"SimFastClock", [] { return std::make_unique<SimTime>(100000); }},
                    TimeArm{"SimSlowClock", [] { return std::make_unique<SimTime>(-100000); }}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace rehearse
