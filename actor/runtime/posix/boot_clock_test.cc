#include "rehearse/actor/runtime/posix/boot_clock.h"

#include <gtest/gtest.h>

namespace rehearse {
namespace {

TEST(BootClockTest, BeginsNearZeroAndNeverGoesBack) {
  const BootClock clock;
  Instant last = clock.Now();
  EXPECT_GE(last, Instant());
  EXPECT_LT(last, Instant() + absl::Seconds(10));
  for (int i = 0; i < 100000; ++i) {
    const Instant now = clock.Now();
    ASSERT_GE(now, last);
    last = now;
  }
  EXPECT_GT(last, Instant());
}

TEST(BootClockTest, CopiesShareATimebase) {
  const BootClock clock;
  const BootClock copy = clock;
  for (int i = 0; i < 1000; ++i) {
    const Instant before = clock.Now();
    const Instant between = copy.Now();
    ASSERT_LE(before, between);
    ASSERT_LE(between, clock.Now());
  }
}

TEST(BootClockTest, LaterClockReadsLess) {
  const BootClock earlier;
  while (earlier.Now() == Instant()) {
  }
  const BootClock later;
  const Instant read_first = later.Now();
  EXPECT_LT(read_first, earlier.Now());
}

TEST(BootClockTest, WallTimeIsOfThisCentury) {
  EXPECT_GT(HostWallTime(), absl::FromUnixSeconds(1700000000));
  EXPECT_LT(HostWallTime(), absl::FromUnixSeconds(4100000000));
}

}  // namespace
}  // namespace rehearse
