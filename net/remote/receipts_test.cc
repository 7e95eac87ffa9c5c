#include "rehearse/net/remote/receipts.h"

#include <gtest/gtest.h>

namespace rehearse::net {
namespace {

using Verdict = Receipts::Verdict;

TEST(ReceiptsTest, WhatIsHereIsTakenOnce) {
  Receipts receipts;
  EXPECT_EQ(receipts.Look(1, 7, 7), Verdict::kNew);
  EXPECT_EQ(receipts.Look(1, 7, 7), Verdict::kNew);  // it did not get there
  receipts.Keep(1, 7);
  EXPECT_EQ(receipts.Look(1, 7, 7), Verdict::kHere);
  EXPECT_EQ(receipts.Look(2, 7, 7), Verdict::kNew);  // another session's
  EXPECT_EQ(receipts.Look(1, 9, 8), Verdict::kNew);
  EXPECT_EQ(receipts.Look(1, 7, 1), Verdict::kHere);  // settled, and forgotten
}

TEST(ReceiptsTest, SoManyMayBeUnderWayAndNotOneMore) {
  Receipts receipts;
  for (uint64_t i = 1; i <= Receipts::kOpenMax; ++i) {
    ASSERT_EQ(receipts.Look(1, i, 1), Verdict::kNew);
    receipts.Keep(1, i);
  }
  EXPECT_EQ(receipts.Look(1, Receipts::kOpenMax + 1, 1), Verdict::kTooMany);
  EXPECT_EQ(receipts.Look(1, Receipts::kOpenMax + 1, 2), Verdict::kNew);
}

TEST(ReceiptsTest, OfTooManySessionsTheOneThatWasSilentForLongestIsForgotten) {
  Receipts receipts;
  for (uint64_t session = 1; session <= Receipts::kSessionsMax; ++session) {
    receipts.Look(session, 1, 1);
    receipts.Keep(session, 1);
  }
  EXPECT_EQ(receipts.Look(1, 1, 1), Verdict::kHere);
  receipts.Look(Receipts::kSessionsMax + 1, 1, 1);
  EXPECT_EQ(receipts.sessions(), Receipts::kSessionsMax);
  EXPECT_EQ(receipts.Look(1, 1, 1), Verdict::kHere);
  EXPECT_EQ(receipts.Look(2, 1, 1), Verdict::kNew);
}

}  // namespace
}  // namespace rehearse::net
