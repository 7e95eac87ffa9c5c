#include "rehearse/sim/world/sim_clock.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "absl/time/time.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/sim/world/virtual_time.h"

namespace rehearse::sim {
namespace {

class SimClockTest : public testing::Test {
 protected:
  SimClockTest() { Pass(absl::Seconds(100)); }
  void Pass(absl::Duration length) { time_.AdvanceTo(time_.now() + length); }

  VirtualTime time_;
};

Instant At(absl::Duration since_boot) { return Instant() + since_boot; }

TEST_F(SimClockTest, CountsFromTheNodesBoot) {
  const SimClock clock(time_);
  EXPECT_EQ(clock.Now(), At(absl::ZeroDuration()));
  EXPECT_EQ(*clock.WallTime(), Epoch() + absl::Seconds(100));
  Pass(absl::Seconds(7));
  EXPECT_EQ(clock.Now(), At(absl::Seconds(7)));
  EXPECT_EQ(*clock.WallTime(), Epoch() + absl::Seconds(107));
}

TEST_F(SimClockTest, AnOffsetMovesTheCalendarAlone) {
  SimClock clock(time_);
  Pass(absl::Seconds(7));
  clock.Set(-absl::Hours(1), 0);
  EXPECT_EQ(clock.Now(), At(absl::Seconds(7)));
  EXPECT_EQ(*clock.WallTime(), Epoch() + absl::Seconds(107) - absl::Hours(1));
  clock.Set(absl::ZeroDuration(), 0);
  EXPECT_EQ(*clock.WallTime(), Epoch() + absl::Seconds(107));
}

TEST_F(SimClockTest, ADriftBeginsWhereTheClockIsAndEndsThere) {
  SimClock clock(time_);
  Pass(absl::Seconds(10));
  clock.Set(absl::ZeroDuration(), 100000);
  EXPECT_EQ(clock.Now(), At(absl::Seconds(10)));
  Pass(absl::Seconds(10));
  EXPECT_EQ(clock.Now(), At(absl::Seconds(21)));
  EXPECT_EQ(*clock.WallTime(), Epoch() + absl::Seconds(121));
  clock.Set(absl::ZeroDuration(), -500000);
  Pass(absl::Seconds(10));
  EXPECT_EQ(clock.Now(), At(absl::Seconds(26)));
  clock.Set(absl::ZeroDuration(), 0);
  Pass(absl::Seconds(1));
  EXPECT_EQ(clock.Now(), At(absl::Seconds(27)));
}

TEST_F(SimClockTest, NeverStopsOrGoesBackWhateverTheDrift) {
  SimClock clock(time_);
  clock.Set(absl::ZeroDuration(), -2000000);
  const Instant before = clock.Now();
  Pass(absl::Hours(1));
  EXPECT_GT(clock.Now(), before);
}

TEST_F(SimClockTest, DeadlinesAreMetWhenItReadsThem) {
  SimClock clock(time_);
  for (const int64_t drift_ppm : {0, 100000, -100000, 333333}) {
    clock.Set(absl::ZeroDuration(), drift_ppm);
    Pass(absl::Seconds(3));
    const Instant deadline = clock.Now() + absl::Seconds(10);
    time_.AdvanceTo(clock.ToTimebase(deadline));
    EXPECT_LT(absl::AbsDuration(clock.Now() - deadline), absl::Nanoseconds(3)) << drift_ppm;
  }
  EXPECT_TRUE(clock.ToTimebase(Instant::Infinite()).infinite());
}

}  // namespace
}  // namespace rehearse::sim
