#include "rehearse/sim/network/link.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <set>

#include "absl/time/time.h"
#include "rehearse/actor/env/random.h"
#include "rehearse/sim/schedule/decisions.h"

namespace rehearse::sim {
namespace {

constexpr int kDraws = 20000;

class LatencyTest : public testing::Test {
 protected:
  DecisionStream stream_{"latency", Random(7)};
};

TEST_F(LatencyTest, UniformHasBothItsEndsAndNothingOutside) {
  const Latency latency{.min = absl::Nanoseconds(5), .max = absl::Nanoseconds(8)};
  std::set<int64_t> drawn;
  for (int i = 0; i < 1000; ++i) drawn.insert(absl::ToInt64Nanoseconds(latency.Draw(stream_)));
  EXPECT_EQ(drawn, (std::set<int64_t>{5, 6, 7, 8}));
}

TEST_F(LatencyTest, ExponentialHasItsLeastItsMeanAndNoEnd) {
  const Latency latency{.shape = Latency::Shape::kExponential,
                        .min = absl::Milliseconds(10),
                        .max = absl::Milliseconds(50)};
  absl::Duration sum;
  absl::Duration least = absl::InfiniteDuration();
  absl::Duration most;
  for (int i = 0; i < kDraws; ++i) {
    const absl::Duration drawn = latency.Draw(stream_);
    sum += drawn;
    least = std::min(least, drawn);
    most = std::max(most, drawn);
  }
  EXPECT_GE(least, absl::Milliseconds(10));
  EXPECT_LT(least, absl::Milliseconds(11));
  EXPECT_GT(most, absl::Milliseconds(80));
  // 10 ms and a quarter of the 40 between.
  EXPECT_GT(sum / kDraws, absl::Microseconds(19500));
  EXPECT_LT(sum / kDraws, absl::Microseconds(20500));
}

TEST_F(LatencyTest, BimodalIsOneOfTwoWithTheOddsGiven) {
  Latency latency{.shape = Latency::Shape::kBimodal,
                  .min = absl::Milliseconds(1),
                  .max = absl::Milliseconds(100),
                  .slow = {1, 10}};
  int slow = 0;
  for (int i = 0; i < kDraws; ++i) {
    const absl::Duration drawn = latency.Draw(stream_);
    EXPECT_TRUE(drawn == latency.min || drawn == latency.max);
    slow += drawn == latency.max;
  }
  EXPECT_GT(slow, kDraws / 10 - kDraws / 100);
  EXPECT_LT(slow, kDraws / 10 + kDraws / 100);
  latency.slow = Ratio::Never();
  EXPECT_EQ(latency.Draw(stream_), latency.min);
  latency.slow = Ratio::Always();
  EXPECT_EQ(latency.Draw(stream_), latency.max);
}

TEST_F(LatencyTest, ALongTailIsMostlyShortAndNowAndThenFarTooLong) {
  const Latency latency{.shape = Latency::Shape::kLongTail,
                        .min = absl::Milliseconds(1),
                        .max = absl::Milliseconds(17)};  // a range of 16 ms, so a scale of 1 ms
  int over_scale = 0;
  int over_fifteen = 0;
  absl::Duration most;
  for (int i = 0; i < kDraws; ++i) {
    const absl::Duration over = latency.Draw(stream_) - latency.min;
    EXPECT_GE(over, absl::ZeroDuration());
    EXPECT_LE(over, absl::Milliseconds(256));
    over_scale += over > absl::Milliseconds(1);
    over_fifteen += over > absl::Milliseconds(15);
    most = std::max(most, over);
  }
  // The chance of more than x is 1 / (1 + x).
  EXPECT_NEAR(over_scale, kDraws / 2, kDraws / 50);
  EXPECT_NEAR(over_fifteen, kDraws / 16, kDraws / 100);
  EXPECT_EQ(most, absl::Milliseconds(256));
}

TEST_F(LatencyTest, WithoutARangeItIsAlwaysTheLeast) {
  for (const auto shape :
       {Latency::Shape::kUniform, Latency::Shape::kExponential, Latency::Shape::kLongTail}) {
    const Latency latency{
        .shape = shape, .min = absl::Milliseconds(3), .max = absl::Milliseconds(3)};
    for (int i = 0; i < 100; ++i) EXPECT_EQ(latency.Draw(stream_), absl::Milliseconds(3));
  }
}

}  // namespace
}  // namespace rehearse::sim
