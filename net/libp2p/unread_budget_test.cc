#include "rehearse/net/libp2p/unread_budget.h"

#include <gtest/gtest.h>

#include <memory>

namespace rehearse::net {
namespace {

class UnreadBudgetTest : public testing::Test {
 protected:
  const std::shared_ptr<UnreadBudget> budget_ =
      std::make_shared<UnreadBudget>(UnreadOptions{.bytes_max = 100, .share_bytes = 10});
};

TEST_F(UnreadBudgetTest, AllShareIt) {
  UnreadShare one(budget_), other(budget_);
  EXPECT_TRUE(one.TryTake(60));
  EXPECT_TRUE(other.TryTake(40));
  EXPECT_EQ(budget_->bytes(), 100u);
  EXPECT_FALSE(one.TryTake(1));
  EXPECT_EQ(one.held(), 60u);
  other.Give(1);
  EXPECT_TRUE(one.TryTake(1));
}

TEST_F(UnreadBudgetTest, WhoHoldsLittleIsLeftAlone) {
  UnreadShare greedy(budget_), modest(budget_);
  EXPECT_TRUE(greedy.TryTake(100));
  EXPECT_TRUE(modest.TryTake(10));
  EXPECT_FALSE(modest.TryTake(1));
  EXPECT_FALSE(greedy.TryTake(1));
}

TEST_F(UnreadBudgetTest, WhatAConnectionHeldIsGivenBackWhenItGoes) {
  {
    UnreadShare share(budget_);
    EXPECT_TRUE(share.TryTake(70));
  }
  EXPECT_EQ(budget_->bytes(), 0u);
}

TEST_F(UnreadBudgetTest, WhatIsHeldAnywayIsCounted) {
  UnreadShare share(budget_);
  EXPECT_TRUE(share.Set(100));
  EXPECT_FALSE(share.Set(120));
  EXPECT_EQ(budget_->bytes(), 120u);
  EXPECT_TRUE(share.Set(119));  // it is less than before
  EXPECT_EQ(budget_->bytes(), 119u);
}

TEST_F(UnreadBudgetTest, WithoutABudgetThereIsRoom) {
  UnreadShare share(nullptr);
  EXPECT_TRUE(share.TryTake(size_t{1} << 40));
  share.Give(1);
  EXPECT_EQ(share.held(), (size_t{1} << 40) - 1);
}

}  // namespace
}  // namespace rehearse::net
