#include "rehearse/net/remote/unsettled.h"

#include <cstdint>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace rehearse::net {
namespace {

constexpr uint64_t kNobody = 0;

class UnsettledTest : public testing::Test {
 protected:
  void Tell(uint64_t sender, absl::string_view actor) {
    unsettled_.Remember(sender, actor, unsettled_.Begin());
  }

  Unsettled unsettled_;
};

TEST_F(UnsettledTest, WhatIsLostIsToldToItsSenderOnceOfItsActor) {
  Tell(1, "a");
  Tell(1, "b");
  Tell(2, "a");
  unsettled_.Break(1);
  unsettled_.Resolve(0, 0);
  EXPECT_FALSE(unsettled_.TakeGap(3, "a"));
  EXPECT_FALSE(unsettled_.TakeGap(2, "b"));
  EXPECT_TRUE(unsettled_.TakeGap(1, "a"));
  EXPECT_FALSE(unsettled_.TakeGap(1, "a"));
  EXPECT_TRUE(unsettled_.TakeGap(1, "b"));
  EXPECT_TRUE(unsettled_.TakeGap(2, "a"));
  EXPECT_FALSE(unsettled_.has_gaps());
}

TEST_F(UnsettledTest, NobodyIsToldBeforeThePeerHasSaidHowFarItGot) {
  Tell(1, "a");
  EXPECT_FALSE(unsettled_.TakeGap(1, "a"));
  unsettled_.Break(1);
  EXPECT_FALSE(unsettled_.has_gaps());
}

TEST_F(UnsettledTest, TheLastThatArrivedAndTheFirstThatDidNot) {
  for (uint64_t sender = 1; sender <= 3; ++sender) Tell(sender, "a");
  unsettled_.Break(4);
  unsettled_.Resolve(4, 2);
  EXPECT_FALSE(unsettled_.TakeGap(1, "a"));
  EXPECT_FALSE(unsettled_.TakeGap(2, "a"));
  EXPECT_TRUE(unsettled_.TakeGap(3, "a"));
}

TEST_F(UnsettledTest, OfAPairTheLastMessageCounts) {
  Tell(1, "a");
  Tell(2, "a");
  Tell(1, "a");
  unsettled_.Break(1);
  unsettled_.Resolve(1, 2);
  EXPECT_TRUE(unsettled_.TakeGap(1, "a"));
  EXPECT_FALSE(unsettled_.TakeGap(2, "a"));
}

TEST_F(UnsettledTest, ACountOfAnotherStreamSaysNothing) {
  for (const uint64_t stream : {0, 1, 3}) {
    Tell(1, "a");
    unsettled_.Break(2);
    unsettled_.Resolve(stream, 1);
    EXPECT_TRUE(unsettled_.TakeGap(1, "a")) << stream;
  }
}

TEST_F(UnsettledTest, MoreThanWasSentIsAll) {
  Tell(1, "a");
  unsettled_.Break(1);
  unsettled_.Resolve(1, std::numeric_limits<uint64_t>::max());
  EXPECT_FALSE(unsettled_.has_gaps());
}

// The window was full: the second is not written, and the third has its place.
TEST_F(UnsettledTest, WhatWasNotWrittenHasNoPlace) {
  unsettled_.Begin();
  const uint64_t second = unsettled_.Begin();
  const uint64_t third = unsettled_.Begin();
  unsettled_.Remember(2, "a", second);
  unsettled_.Withdraw();
  unsettled_.Remember(3, "a", third);
  unsettled_.Break(1);
  unsettled_.Resolve(1, 2);
  EXPECT_FALSE(unsettled_.has_gaps());
}

TEST_F(UnsettledTest, OneThatWasOvertakenHasALaterPlace) {
  Tell(1, "a");
  Tell(2, "a");
  unsettled_.Remember(1, "a", unsettled_.begun());
  unsettled_.Break(1);
  unsettled_.Resolve(1, 1);
  EXPECT_TRUE(unsettled_.TakeGap(1, "a"));
}

TEST_F(UnsettledTest, NewsOfAnActorSettlesWhatWasSentToItUntilThen) {
  Tell(1, "a");
  Tell(2, "b");
  Tell(3, "a");
  Tell(1, "b");
  unsettled_.Settle("a", 2);
  EXPECT_EQ(unsettled_.size(), 3u);
  unsettled_.SettleAll("b");
  EXPECT_EQ(unsettled_.size(), 1u);
  unsettled_.Settle("stranger", 9);
  unsettled_.SettleAll("stranger");
  unsettled_.Break(1);
  unsettled_.Resolve(0, 0);
  EXPECT_EQ(unsettled_.gaps(), 1u);
  EXPECT_TRUE(unsettled_.TakeGap(3, "a"));
}

TEST_F(UnsettledTest, APairIsRememberedAgainAfterItWasSettled) {
  Tell(1, "a");
  unsettled_.Settle("a", 1);
  Tell(1, "a");
  Tell(1, "a");
  unsettled_.Settle("a", 2);
  EXPECT_EQ(unsettled_.size(), 1u);
  unsettled_.Settle("a", 3);
  EXPECT_EQ(unsettled_.size(), 0u);
}

TEST_F(UnsettledTest, PlacesBeginAnewWithEachStream) {
  Tell(1, "a");
  unsettled_.Break(1);
  unsettled_.Resolve(1, 1);
  Tell(2, "a");
  EXPECT_EQ(unsettled_.begun(), 1u);
  unsettled_.Break(2);
  unsettled_.Resolve(2, 1);
  EXPECT_FALSE(unsettled_.has_gaps());
}

TEST_F(UnsettledTest, AGapStaysThoughStreamsBreakInBetween) {
  Tell(1, "a");
  unsettled_.Break(1);
  unsettled_.Resolve(0, 0);
  unsettled_.Break(2);
  unsettled_.Resolve(2, 0);
  EXPECT_TRUE(unsettled_.TakeGap(1, "a"));
}

TEST_F(UnsettledTest, TasksAreOneSender) {
  Tell(kNobody, "a");
  unsettled_.Break(1);
  unsettled_.Resolve(0, 0);
  EXPECT_TRUE(unsettled_.TakeGap(kNobody, "a"));
  EXPECT_FALSE(unsettled_.TakeGap(kNobody, "a"));
}

TEST_F(UnsettledTest, OfMoreGapsThanAreKeptAllThatMayHaveSentAreToldOnce) {
  const auto lose = [this](uint64_t first, uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) Tell(first + i, "a");
    unsettled_.Break(1);
    unsettled_.Resolve(0, 0);
  };
  lose(1, Unsettled::kGapsMax);
  EXPECT_EQ(unsettled_.gaps(), Unsettled::kGapsMax);
  EXPECT_FALSE(unsettled_.TakeGap(1, "b"));
  lose(Unsettled::kGapsMax + 1, 1);
  EXPECT_EQ(unsettled_.gaps(), 0u);
  EXPECT_TRUE(unsettled_.TakeGap(1, "a"));
  EXPECT_FALSE(unsettled_.TakeGap(1, "a"));
  EXPECT_TRUE(unsettled_.TakeGap(Unsettled::kGapsMax + 1, "b"));   // whomever it sends to
  EXPECT_FALSE(unsettled_.TakeGap(Unsettled::kGapsMax + 2, "a"));  // is newer
  // Gaps from now on are kept as before.
  lose(1, 1);
  EXPECT_TRUE(unsettled_.TakeGap(1, "a"));
  EXPECT_FALSE(unsettled_.TakeGap(1, "a"));
  // And when there are too many once more, those that were told the first time are told again.
  lose(1, Unsettled::kGapsMax + 1);
  EXPECT_TRUE(unsettled_.TakeGap(1, "a"));
  EXPECT_FALSE(unsettled_.TakeGap(1, "a"));
}

TEST_F(UnsettledTest, WhoIsToldWithAllIsNotToldOfItsOwnGapAgain) {
  for (uint64_t i = 0; i <= Unsettled::kGapsMax; ++i) Tell(i, "a");
  unsettled_.Break(1);
  unsettled_.Resolve(0, 0);
  Tell(5, "a");
  unsettled_.Break(2);
  unsettled_.Resolve(0, 0);
  EXPECT_TRUE(unsettled_.TakeGap(5, "a"));
  EXPECT_FALSE(unsettled_.TakeGap(5, "a"));
}

}  // namespace
}  // namespace rehearse::net
