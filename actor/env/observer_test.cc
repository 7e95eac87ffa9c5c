#include "rehearse/actor/env/observer.h"

#include <gtest/gtest.h>

namespace rehearse {
namespace {

TEST(SendStampTest, CountsWhatHasPassed) {
  EXPECT_EQ(SendStamp{1000}.NanosUntil(Instant::FromNanos(1500)), 500);
  EXPECT_EQ(SendStamp{1000}.NanosUntil(Instant::FromNanos(1000)), 0);
}

TEST(SendStampTest, NothingHasPassedWhereTheClockIsBehind) {
  EXPECT_EQ(SendStamp{1000}.NanosUntil(Instant::FromNanos(999)), 0);
}

TEST(SendStampTest, GoesRoundLikeAClock) {
  constexpr auto kRound = static_cast<int64_t>(SendStamp::kMask) + 1;
  EXPECT_EQ(SendStamp{SendStamp::kMask}.NanosUntil(Instant::FromNanos(kRound + 9)), 10);
  EXPECT_EQ(SendStamp{5}.NanosUntil(Instant::FromNanos(3 * kRound + 9)), 4);
}

}  // namespace
}  // namespace rehearse
