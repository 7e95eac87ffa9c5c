#include "rehearse/net/membership/suspicion.h"

#include <gtest/gtest.h>

namespace rehearse::net {
namespace {

const Instant kStart = Instant::FromNanos(1'000'000'000);

Suspicion Made(size_t others) {
  return Suspicion(kStart, "a", others, absl::Seconds(5), absl::Seconds(30));
}

TEST(SuspicionTest, IsLongAtFirstAndShorterForEachThatSharesIt) {
  Suspicion suspicion = Made(10);
  EXPECT_EQ(suspicion.deadline(), kStart + absl::Seconds(30));
  EXPECT_TRUE(suspicion.Confirm("b"));
  EXPECT_EQ(suspicion.deadline(), kStart + absl::Seconds(17.5));
  EXPECT_TRUE(suspicion.Confirm("c"));
  EXPECT_TRUE(suspicion.Confirm("d"));
  EXPECT_EQ(suspicion.deadline(), kStart + absl::Seconds(5));
}

TEST(SuspicionTest, CountsEachOnceAndNoMoreThanAreExpected) {
  Suspicion suspicion = Made(2);
  EXPECT_FALSE(suspicion.Confirm("a"));
  EXPECT_TRUE(suspicion.Confirm("b"));
  EXPECT_FALSE(suspicion.Confirm("b"));
  EXPECT_TRUE(suspicion.Confirm("c"));
  EXPECT_FALSE(suspicion.Confirm("d"));
  EXPECT_EQ(suspicion.deadline(), kStart + absl::Seconds(5));
}

TEST(SuspicionTest, IsShortWhereNobodyCouldShareIt) {
  EXPECT_EQ(Made(0).deadline(), kStart + absl::Seconds(5));
}

}  // namespace
}  // namespace rehearse::net
