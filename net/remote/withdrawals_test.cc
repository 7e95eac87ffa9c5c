#include "rehearse/net/remote/withdrawals.h"

#include <cstdint>
#include <optional>

#include "gtest/gtest.h"

namespace rehearse::net {
namespace {

TEST(WithdrawalsTest, TellALateAnswerFromASecondOne) {
  Withdrawals withdrawals;
  withdrawals.Add(7);
  EXPECT_FALSE(withdrawals.IsLate(6));
  EXPECT_TRUE(withdrawals.IsLate(7));
  EXPECT_FALSE(withdrawals.IsLate(7));
}

TEST(WithdrawalsTest, AreToldOnceInOrder) {
  Withdrawals withdrawals;
  withdrawals.AddUntold(1);
  withdrawals.AddUntold(2);
  EXPECT_EQ(withdrawals.TakeUntold(), std::optional<uint64_t>(1));
  withdrawals.PutBack(1);
  EXPECT_EQ(withdrawals.TakeUntold(), std::optional<uint64_t>(1));
  EXPECT_EQ(withdrawals.TakeUntold(), std::optional<uint64_t>(2));
  EXPECT_EQ(withdrawals.TakeUntold(), std::nullopt);
}

TEST(WithdrawalsTest, AreBoundedAndTheForgottenPassForLate) {
  Withdrawals withdrawals;
  for (uint64_t i = 1; i <= Withdrawals::kMax + 10; ++i) withdrawals.AddUntold(i);
  EXPECT_EQ(withdrawals.size(), 2 * Withdrawals::kMax);
  EXPECT_TRUE(withdrawals.IsLate(10));
  EXPECT_TRUE(withdrawals.IsLate(11));
  EXPECT_FALSE(withdrawals.IsLate(11));
  EXPECT_EQ(withdrawals.TakeUntold(), std::optional<uint64_t>(11));
}

TEST(WithdrawalsTest, EndWithTheirStream) {
  Withdrawals withdrawals;
  withdrawals.AddUntold(1);
  withdrawals.Clear();
  EXPECT_EQ(withdrawals.size(), 0u);
  EXPECT_FALSE(withdrawals.IsLate(1));
}

}  // namespace
}  // namespace rehearse::net
