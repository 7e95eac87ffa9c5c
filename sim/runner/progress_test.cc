#include "rehearse/sim/runner/progress.h"

#include <gtest/gtest.h>

namespace rehearse::sim {
namespace {

TEST(ProgressTest, TellsHowLongItTakesByTheRateSoFar) {
  const absl::Time start = absl::UnixEpoch();
  const Progress progress("Suite.Name", {.start = start, .seeds_goal = 1000});
  EXPECT_EQ(progress.Line(200, 1, start + absl::Seconds(10)),
            "Suite.Name: 200/1000 seeds, 1 failures, 20 seeds/s, 40s to go");
}

TEST(ProgressTest, WithADeadlineTheSoonerCounts) {
  const absl::Time start = absl::UnixEpoch();
  const absl::Time deadline = start + absl::Seconds(15);
  const Progress bounded("A.B", {.start = start, .seeds_goal = 1000, .deadline = deadline});
  EXPECT_EQ(bounded.Line(200, 0, start + absl::Seconds(10)),
            "A.B: 200/1000 seeds, 0 failures, 20 seeds/s, 5s to go");
  const Progress unbounded("A.B", {.start = start, .seeds_goal = UINT64_MAX, .deadline = deadline});
  EXPECT_EQ(unbounded.Line(200, 0, start + absl::Seconds(10)),
            "A.B: 200 seeds, 0 failures, 20 seeds/s, 5s to go");
}

TEST(ProgressTest, ShortTestsSayNothing) {
  testing::internal::CaptureStderr();
  const absl::Time start = absl::UnixEpoch();
  Progress progress("A.B", {.start = start, .seeds_goal = 10});
  progress.Update(5, 0, start + absl::Seconds(4));
  progress.Finish();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(ProgressTest, ElsewhereThanOnATerminalALineNowAndThen) {
  testing::internal::CaptureStderr();
  const absl::Time start = absl::UnixEpoch();
  Progress progress("A.B", {.start = start, .seeds_goal = 10});
  for (int second = 1; second <= 12; ++second) {
    progress.Update(1, 0, start + absl::Seconds(second));
  }
  const std::string lines = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 2) << lines;
}

TEST(ProgressTest, OnATerminalOneLineIsRewrittenAndTakenAway) {
  testing::internal::CaptureStderr();
  const absl::Time start = absl::UnixEpoch();
  Progress progress("A.B", {.terminal = true, .start = start, .seeds_goal = 10});
  progress.Update(1, 0, start + absl::Seconds(1));
  progress.Finish();
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "\rA.B: 1/10 seeds, 0 failures, 1 seeds/s, 9s to go\x1b[K\r\x1b[K");
}

}  // namespace
}  // namespace rehearse::sim
