#include "rehearse/actor/runtime/posix/busy_poll.h"

#include <gtest/gtest.h>

namespace rehearse {
namespace {

constexpr absl::Duration kLongest = absl::Microseconds(100);

TEST(BusyPollTest, SleepsAtOnceUntilWaitsAreShort) {
  BusyPoll poll(kLongest);
  EXPECT_EQ(poll.length(), absl::ZeroDuration());
  poll.Waited(kLongest + absl::Nanoseconds(1));
  EXPECT_EQ(poll.length(), absl::ZeroDuration());
  poll.Waited(kLongest);
  EXPECT_EQ(poll.length(), BusyPoll::kFirst);
}

TEST(BusyPollTest, LooksOnForLongerUpToTheLongest) {
  BusyPoll poll(kLongest);
  for (int i = 0; i < 2; ++i) poll.Waited(absl::Microseconds(1));
  EXPECT_EQ(poll.length(), 2 * BusyPoll::kFirst);
  for (int i = 0; i < 10; ++i) poll.Waited(absl::Microseconds(1));
  EXPECT_EQ(poll.length(), kLongest);
}

TEST(BusyPollTest, GivesUpAfterAFewLooksInVain) {
  BusyPoll poll(kLongest);
  for (int i = 0; i < 10; ++i) poll.Waited(absl::Microseconds(1));
  poll.Waited(absl::Seconds(1));
  EXPECT_EQ(poll.length(), kLongest / 2);
  poll.Waited(absl::Seconds(1));
  poll.Waited(absl::Seconds(1));
  EXPECT_EQ(poll.length(), absl::ZeroDuration());
}

TEST(BusyPollTest, NeverWhereTheLongestIsZero) {
  BusyPoll poll(absl::ZeroDuration());
  for (int i = 0; i < 10; ++i) poll.Waited(absl::ZeroDuration());
  EXPECT_EQ(poll.length(), absl::ZeroDuration());
}

}  // namespace
}  // namespace rehearse
