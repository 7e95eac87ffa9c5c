#include "rehearse/net/remote/flow.h"

#include <string>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace rehearse::net {
namespace {

TEST(CreditOutTest, TheLastThatFitsAndTheFirstThatDoesNot) {
  CreditOut credit;
  for (uint32_t i = 0; i < kCreditMax; ++i) ASSERT_TRUE(credit.Take("counter"));
  EXPECT_FALSE(credit.Take("counter"));
  EXPECT_TRUE(credit.Take("another"));
  EXPECT_TRUE(credit.GiveBack("counter", 1).empty());
  EXPECT_TRUE(credit.Take("counter"));
  EXPECT_FALSE(credit.Take("counter"));
}

TEST(CreditOutTest, WhoWaitsIsWokenAndNobodyOvertakesHim) {
  CreditOut credit;
  Waitable* const waitable = reinterpret_cast<Waitable*>(16);  // compared, never followed
  while (credit.Take("counter")) {
  }
  credit.Await("counter", {waitable, 1});
  credit.Await("counter", {waitable, 2});
  credit.Leave("counter", {waitable, 1});
  const auto woken = credit.GiveBack("counter", 2);
  ASSERT_EQ(woken.size(), 1u);
  EXPECT_EQ(woken[0], (WaitToken{waitable, 2}));
  credit.Await("counter", {waitable, 3});
  EXPECT_FALSE(credit.Take("counter"));  // there is credit, and somebody before
}

TEST(CreditOutTest, MoreThanWasTakenIsNotGivenBack) {
  CreditOut credit;
  EXPECT_TRUE(credit.Take("counter"));
  EXPECT_TRUE(credit.GiveBack("counter", ~uint64_t{0}).empty());
  EXPECT_TRUE(credit.GiveBack("stranger", 5).empty());
  EXPECT_EQ(credit.size(), 0u);
  for (uint32_t i = 0; i < kCreditMax; ++i) ASSERT_TRUE(credit.Take("counter"));
  EXPECT_FALSE(credit.Take("counter"));
}

TEST(CreditInTest, GivesBackByTheBatch) {
  CreditIn credit;
  for (uint32_t i = 1; i < kCreditBatch; ++i) ASSERT_FALSE(credit.Spend("counter"));
  ASSERT_TRUE(credit.Spend("counter"));
  const auto due = credit.TakeDue();
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].actor, "counter");
  EXPECT_EQ(due[0].count, kCreditBatch);
}

TEST(CreditInTest, OfTooManyActorsAllIsGivenBackAtOnce) {
  CreditIn credit;
  for (size_t i = 0; i < CreditIn::kActorsMax; ++i) {
    ASSERT_FALSE(credit.Spend(absl::StrCat("#", i)));
  }
  ASSERT_TRUE(credit.Spend("one more"));
  EXPECT_EQ(credit.TakeDue().size(), CreditIn::kActorsMax + 1);
  EXPECT_FALSE(credit.Spend("one more"));
}

TEST(CreditInTest, OfNamesThatAreTooLongTogetherAllIsGivenBackAtOnce) {
  const std::string tail(1000, 'n');
  CreditIn credit;
  size_t bytes = 0;
  size_t actors = 0;
  for (bool due = false; !due; ++actors) {
    const std::string name = absl::StrCat(actors, tail);
    bytes += name.size();
    ASSERT_LE(bytes, CreditIn::kNamesBytesMax + name.size());
    due = credit.Spend(name);
  }
  EXPECT_GT(bytes, CreditIn::kNamesBytesMax);
  EXPECT_EQ(credit.TakeDue().size(), actors);
  EXPECT_FALSE(credit.Spend(tail));
}

}  // namespace
}  // namespace rehearse::net
