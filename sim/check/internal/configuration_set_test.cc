#include "rehearse/sim/check/internal/configuration_set.h"

#include <gtest/gtest.h>

#include <initializer_list>

namespace rehearse::sim {
namespace {

BitSet Spent(std::initializer_list<size_t> operations) {
  BitSet spent(100);
  for (size_t operation : operations) spent.Flip(operation);
  return spent;
}

class ConfigurationSetTest : public testing::Test {
 protected:
  bool Insert(uint64_t item, const BitSet& spent) {
    return set_.Insert(Fingerprint().With(item), spent, &steps_);
  }

  ConfigurationSet set_{100};
  uint64_t steps_ = 0;
};

TEST_F(ConfigurationSetTest, KnowsWhatItWasTold) {
  EXPECT_TRUE(Insert(1, Spent({3})));
  EXPECT_FALSE(Insert(1, Spent({3})));
  EXPECT_TRUE(Insert(2, Spent({3})));
  set_.Clear();
  EXPECT_TRUE(Insert(1, Spent({3})));
}

TEST_F(ConfigurationSetTest, ToHaveSpentLessCoversAndToHaveSpentOtherDoesNot) {
  EXPECT_TRUE(Insert(1, Spent({3, 70})));
  EXPECT_FALSE(Insert(1, Spent({3, 4, 70})));
  EXPECT_TRUE(Insert(1, Spent({3, 4})));
  EXPECT_TRUE(Insert(1, Spent({})));
  EXPECT_FALSE(Insert(1, Spent({99})));
}

TEST_F(ConfigurationSetTest, CountsItsComparisons) {
  Insert(1, Spent({1}));
  EXPECT_EQ(steps_, 0u);
  Insert(1, Spent({2}));
  EXPECT_EQ(steps_, 1u);
  Insert(1, Spent({3}));
  EXPECT_EQ(steps_, 3u);
}

TEST_F(ConfigurationSetTest, SaysHowMuchItHolds) {
  const uint64_t empty = set_.bytes();
  Insert(1, Spent({1}));
  EXPECT_GE(set_.bytes(), empty + sizeof(Fingerprint) + 16);
}

TEST(FingerprintTest, IsThatOfTheSetAndNotOfItsOrder) {
  const Fingerprint empty;
  EXPECT_EQ(empty.With(1).With(2), empty.With(2).With(1));
  EXPECT_EQ(empty.With(1).With(2).With(1), empty.With(2));
  EXPECT_FALSE(empty.With(0) == empty);
}

}  // namespace
}  // namespace rehearse::sim
