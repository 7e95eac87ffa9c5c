// Real time would make these slow and loose; virtual time makes them quick and exact.

#include "examples/rate_limiter/rate_limiter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "rehearse/actor/pending.h"
#include "rehearse/sim/testkit/test_kit.h"

namespace examples::rate_limiter {
namespace {

using rehearse::Pending;
using rehearse::sim::TestKit;

constexpr Limit kThreeThenHourly{.burst = 3, .period = absl::Hours(1)};

// How many of those who asked may go on.
int Passed(const std::vector<Pending<void>>& line) {
  return static_cast<int>(
      std::count_if(line.begin(), line.end(), [](const auto& asker) { return asker.ready(); }));
}

class RateLimiterTest : public testing::Test {
 public:
  std::vector<Pending<void>> Ask(int count) {
    std::vector<Pending<void>> line;
    for (int i = 0; i < count; ++i) line.push_back(limiter_.Request(Acquire{}));
    return line;
  }

  TestKit kit_;
  rehearse::ActorRef<RateLimiter> limiter_ = kit_.Spawn<RateLimiter>(kThreeThenHourly);
};

TEST_F(RateLimiterTest, LetsABurstPassAndThenOneInEachPeriod) {
  const std::vector<Pending<void>> line = Ask(5);
  kit_.RunFor(absl::Minutes(59));
  EXPECT_EQ(Passed(line), 3);
  kit_.RunFor(absl::Minutes(2));
  EXPECT_EQ(Passed(line), 4);
  kit_.RunFor(absl::Hours(1));
  EXPECT_EQ(Passed(line), 5);
}

TEST_F(RateLimiterTest, ALongPauseEarnsNoMoreThanABurst) {
  kit_.RunFor(absl::Minutes(6010));
  const std::vector<Pending<void>> line = Ask(5);
  kit_.RunFor(absl::Seconds(1));
  EXPECT_EQ(Passed(line), 3);
}

TEST_F(RateLimiterTest, ThoseInLineHearOfItsEnd) {
  std::vector<Pending<void>> line = Ask(4);
  kit_.RunFor(absl::Seconds(1));
  limiter_.Stop();
  kit_.ExpectExit(limiter_);
  EXPECT_TRUE(absl::IsAborted(line.back().Take()));
}

TEST(HurryTest, IsSlowedDownToTheLimit) {
  TestKit kit;
  std::vector<int> minutes;
  EXPECT_TRUE(kit.Run([&] {
                   return Hurry(kit.node(), {.burst = 1, .period = absl::Minutes(10)}, 4,
                                [&](int, absl::Duration after) {
                                  minutes.push_back(static_cast<int>(after / absl::Minutes(1)));
                                });
                 })
                  .ok());
  EXPECT_EQ(minutes, (std::vector<int>{0, 10, 20, 30}));
}

}  // namespace
}  // namespace examples::rate_limiter
