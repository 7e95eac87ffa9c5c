#include "rehearse/actor/env/random.h"

#include <gtest/gtest.h>

namespace rehearse {
namespace {

// These numbers are a promise: a seed written down today must mean the same run next year.
TEST(RandomTest, DrawsThePinnedNumbers) {
  Random random(42);
  const uint64_t first = random.Next();
  const uint64_t second = random.Next();
  EXPECT_EQ(first, Random(42).At(0));
  EXPECT_EQ(second, Random(42).At(1));
  EXPECT_EQ(first, 16822408670446681248u);
  EXPECT_EQ(HashLabel("network"), 6345747346223794483u);
}

TEST(RandomTest, StreamsWithDifferentLabelsOrNumbersDiffer) {
  const Random root(7);
  EXPECT_NE(root.Split("disk").At(0), root.Split("network").At(0));
  EXPECT_NE(root.Split("link", 1).At(0), root.Split("link", 2).At(0));
  EXPECT_EQ(root.Split("link", 1).At(5), root.Split("link", 1).At(5));
}

TEST(RandomTest, DrawingInOneStreamMovesNoOther) {
  Random root(7);
  const uint64_t before = root.Split("disk").At(0);
  for (int i = 0; i < 100; ++i) root.Next();
  EXPECT_EQ(root.Split("disk").At(0), before);
}

TEST(RandomTest, BelowStaysBelowAndReachesBothEnds) {
  Random random(1);
  bool low = false;
  bool high = false;
  for (int i = 0; i < 1000; ++i) {
    const uint64_t drawn = random.Below(5);
    ASSERT_LT(drawn, 5u);
    low |= drawn == 0;
    high |= drawn == 4;
  }
  EXPECT_TRUE(low && high);
  EXPECT_EQ(random.Below(0), 0u);
  EXPECT_EQ(random.Below(1), 0u);
}

TEST(RandomTest, BetweenCoversTheWholeRangeOfIntegers) {
  Random random(1);
  EXPECT_EQ(random.Between(3, 3), 3);
  EXPECT_EQ(random.Between(3, 2), 3);
  bool negative = false;
  bool positive = false;
  for (int i = 0; i < 100; ++i) {
    const int64_t drawn = random.Between(INT64_MIN, INT64_MAX);
    negative |= drawn < 0;
    positive |= drawn > 0;
  }
  EXPECT_TRUE(negative && positive);
}

TEST(RandomTest, ChanceHonoursItsOdds) {
  Random random(1);
  int hits = 0;
  for (int i = 0; i < 10000; ++i) hits += random.Chance({1, 4});
  EXPECT_NEAR(hits, 2500, 150);
  EXPECT_FALSE(random.Chance(Ratio::Never()));
  EXPECT_TRUE(random.Chance(Ratio::Always()));
}

}  // namespace
}  // namespace rehearse
