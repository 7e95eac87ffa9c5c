#include "rehearse/actor/env/instant.h"

#include <gtest/gtest.h>

namespace rehearse {
namespace {

TEST(InstantTest, AddsAndSubtractsLengths) {
  const Instant at = Instant::FromNanos(1500) + absl::Nanoseconds(500);
  EXPECT_EQ(at.nanos(), 2000);
  EXPECT_EQ(at - Instant::FromNanos(500), absl::Nanoseconds(1500));
}

TEST(InstantTest, SaturatesInsteadOfWrapping) {
  EXPECT_TRUE((Instant() + absl::InfiniteDuration()).infinite());
  EXPECT_TRUE((Instant::FromNanos(INT64_MAX - 1) + absl::Seconds(1)).infinite());
  EXPECT_TRUE((Instant::Infinite() + absl::Seconds(-1)).infinite());
  EXPECT_EQ(Instant::Infinite() - Instant(), absl::InfiniteDuration());
}

TEST(InstantTest, PrintsSecondsWithNanoseconds) {
  EXPECT_EQ(Instant::FromNanos(12000345000).ToString(), "12.000345000s");
  EXPECT_EQ(Instant::Infinite().ToString(), "never");
}

}  // namespace
}  // namespace rehearse
