#include "rehearse/net/remote/arrivals.h"

#include <gtest/gtest.h>

namespace rehearse::net {
namespace {

TEST(ArrivalsTest, WhatWaitsHoldsUpItsOwnActorAlone) {
  Arrivals arrivals;
  EXPECT_EQ(arrivals.SettledOf("slow", 7), 7u);
  arrivals.Hold("slow", 3);
  arrivals.Hold("slow", 5);
  EXPECT_EQ(arrivals.SettledOf("slow", 7), 2u);
  EXPECT_EQ(arrivals.SettledOf("quick", 7), 7u);
  arrivals.LetGo("slow", 3);
  EXPECT_EQ(arrivals.SettledOf("slow", 7), 4u);
  arrivals.LetGo("slow", 5);
  EXPECT_EQ(arrivals.SettledOf("slow", 7), 7u);
  EXPECT_EQ(arrivals.Settled(7), 7u);
}

// Its name is another actor's now, which has room.
TEST(ArrivalsTest, WhatIsOvertakenHoldsUpWhatOvertakesIt) {
  Arrivals arrivals;
  for (const uint64_t place : {1, 2, 3, 4}) arrivals.Hold("slow", place);
  arrivals.LetGo("slow", 3);
  arrivals.LetGo("slow", 2);
  EXPECT_EQ(arrivals.SettledOf("slow", 4), 0u);
  arrivals.LetGo("slow", 1);
  EXPECT_EQ(arrivals.SettledOf("slow", 4), 3u);
  arrivals.LetGo("slow", 9);
  arrivals.LetGo("stranger", 4);
  EXPECT_EQ(arrivals.SettledOf("slow", 4), 3u);
}

TEST(ArrivalsTest, NoMoreIsSettledThanHasBeenTaken) {
  Arrivals arrivals;
  arrivals.Hold("slow", 9);  // which is being taken
  EXPECT_EQ(arrivals.SettledOf("slow", 7), 7u);
  arrivals.Drop(9);
  EXPECT_EQ(arrivals.Settled(7), 7u);
}

TEST(ArrivalsTest, NothingCountsFromTheFirstThatIsLost) {
  Arrivals arrivals;
  for (const uint64_t place : {2, 4, 6}) arrivals.Hold("slow", place);
  arrivals.LetGo("slow", 2);
  arrivals.Drop(6);
  EXPECT_EQ(arrivals.Settled(7), 5u);
  arrivals.Drop(4);
  EXPECT_EQ(arrivals.Settled(7), 3u);
  EXPECT_EQ(arrivals.SettledOf("slow", 7), 3u);  // and none of them is let go
}

}  // namespace
}  // namespace rehearse::net
