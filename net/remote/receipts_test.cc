#include "rehearse/net/remote/receipts.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"

namespace rehearse::net {
namespace {

using Verdict = Receipts::Verdict;

TEST(ReceiptsTest, WhatIsHereIsTakenOnce) {
  Receipts receipts;
  EXPECT_EQ(receipts.Look("a", 1, 7, 7), Verdict::kNew);
  EXPECT_EQ(receipts.Look("a", 1, 7, 7), Verdict::kNew);  // it did not get there
  receipts.Keep("a", 1, 7);
  EXPECT_EQ(receipts.Look("a", 1, 7, 7), Verdict::kHere);
  EXPECT_EQ(receipts.Look("a", 2, 7, 7), Verdict::kNew);  // another session's
  EXPECT_EQ(receipts.Look("b", 1, 7, 7), Verdict::kNew);  // another peer's
  EXPECT_EQ(receipts.Look("a", 1, 9, 8), Verdict::kNew);
  EXPECT_EQ(receipts.Look("a", 1, 7, 1), Verdict::kHere);  // settled, and forgotten
}

TEST(ReceiptsTest, OneThatWaitsForLongHoldsUpNoOther) {
  Receipts receipts;
  EXPECT_EQ(receipts.Look("a", 1, 1, 1), Verdict::kNew);
  for (uint64_t i = 2; i <= 100000; ++i) {
    ASSERT_EQ(receipts.Look("a", 1, i, 1), Verdict::kNew);
    receipts.Keep("a", 1, i);
  }
  EXPECT_EQ(receipts.Look("a", 1, 50000, 1), Verdict::kHere);
  EXPECT_EQ(receipts.Look("a", 1, 1, 1), Verdict::kNew);
}

TEST(ReceiptsTest, SoManyMayWaitAndNotOneMore) {
  Receipts receipts;
  for (uint64_t i = 1; i <= Receipts::kRangesMax; ++i) receipts.Keep("a", 1, 2 * i);
  EXPECT_EQ(receipts.Look("a", 1, 1, 1), Verdict::kTooMany);
  EXPECT_EQ(receipts.Look("a", 1, 2, 1), Verdict::kHere);
  EXPECT_EQ(receipts.Look("a", 1, 5, 3), Verdict::kNew);
}

TEST(ReceiptsTest, APeerHasSoManySessionsAndItsQuietestIsForgotten) {
  Receipts receipts;
  receipts.Keep("honest", 1, 1);
  for (uint64_t session = 1; session <= Receipts::kSessionsOfPeerMax; ++session) {
    receipts.Look("a", session, 1, 1);
    receipts.Keep("a", session, 1);
  }
  EXPECT_EQ(receipts.Look("a", 1, 1, 1), Verdict::kHere);
  EXPECT_EQ(receipts.Look("a", 99, 1, 1), Verdict::kNew);
  EXPECT_EQ(receipts.sessions(), Receipts::kSessionsOfPeerMax + 1);
  EXPECT_EQ(receipts.Look("a", 1, 1, 1), Verdict::kHere);
  EXPECT_EQ(receipts.Look("a", 2, 1, 1), Verdict::kNew);
  EXPECT_EQ(receipts.Look("honest", 1, 1, 1), Verdict::kHere);
}

TEST(ReceiptsTest, OfTooManySessionsThoseOfWhoHasTheMostAreForgotten) {
  Receipts receipts;
  receipts.Keep("honest", 1, 1);
  for (uint64_t i = 0; i < 2 * Receipts::kSessionsMax; ++i) {
    receipts.Keep(absl::StrCat("many-", i / Receipts::kSessionsOfPeerMax), i, 1);
  }
  EXPECT_EQ(receipts.sessions(), Receipts::kSessionsMax);
  EXPECT_EQ(receipts.Look("honest", 1, 1, 1), Verdict::kHere);
}

// Against a plain set.
RC_GTEST_PROP(ReceiptsProperty, AreTheSetOfWhatWasKept, ()) {
  Receipts receipts;
  std::set<uint64_t> kept;
  uint64_t settled = 0;
  const auto steps = *rc::gen::inRange(1, 200);
  for (int i = 0; i < steps; ++i) {
    const auto sequence = *rc::gen::inRange<uint64_t>(0, 40);
    if (*rc::gen::inRange(0, 10) == 0) settled = std::max(settled, sequence);
    const bool is_here = sequence < settled || kept.contains(sequence);
    const Verdict verdict = receipts.Look("a", 1, sequence, settled);
    RC_ASSERT((verdict == Verdict::kHere) == is_here);
    if (*rc::gen::arbitrary<bool>()) continue;
    receipts.Keep("a", 1, sequence);
    kept.insert(sequence);
  }
}

}  // namespace
}  // namespace rehearse::net
