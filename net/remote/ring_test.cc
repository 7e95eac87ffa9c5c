#include "rehearse/net/remote/ring.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "rehearse/net/codec/envelope.h"

namespace rehearse::net {
namespace {

RingHop Hop(const std::string& node, uint64_t wait, bool afar = true, bool is_ask = true) {
  return {.node = node,
          .incarnation = 1,
          .wait = wait,
          .afar = afar,
          .is_ask = is_ask,
          .actor = "Teller#3"};
}

int GivenUpIn(Ring ring) {
  int given_up = 0;
  for (size_t i = 0; i < ring.size(); ++i) {
    given_up += FirstGivesUp(ring) ? 1 : 0;
    std::rotate(ring.begin(), ring.begin() + 1, ring.end());
  }
  return given_up;
}

TEST(RingTest, WhereverItIsLookedAtFromOneMemberGivesUp) {
  EXPECT_EQ(GivenUpIn({Hop("a", 1), Hop("b", 1), Hop("c", 1)}), 1);
  EXPECT_EQ(GivenUpIn({Hop("b", 2), Hop("b", 1, false), Hop("b", 3), Hop("a", 7)}), 1);
}

TEST(RingTest, WhoAsksAnotherNodeGivesUpBeforeWhoWaitsForRoom) {
  const Ring ring = {Hop("z", 9), Hop("b", 1, true, false), Hop("a", 1, false)};
  EXPECT_TRUE(FirstGivesUp(ring));
  const Ring tells = {Hop("b", 1, true, false), Hop("a", 1, false)};
  EXPECT_TRUE(FirstGivesUp(tells));
}

TEST(RingTest, OneWaitThatIsAnotherMakesAnotherRing) {
  const Ring ring = {Hop("a", 1), Hop("b", 1)};
  EXPECT_TRUE(IsSameRing(ring, ring));
  EXPECT_FALSE(IsSameRing(ring, {Hop("a", 1), Hop("b", 2)}));
  EXPECT_FALSE(IsSameRing(ring, {Hop("a", 1)}));
  EXPECT_FALSE(IsSameRing({}, ring));
  Ring next_life = ring;
  next_life[1].incarnation = 2;
  EXPECT_FALSE(IsSameRing(ring, next_life));
}

TEST(RingTest, ItsTextNamesTheMembersAndEndsWhereItBegan) {
  EXPECT_EQ(RingText({Hop("bank", 1), Hop("vault", 1)}),
            "Teller#3 on bank -> Teller#3 on vault -> Teller#3 on bank");
  EXPECT_FALSE(absl::StrContains(RingText({Hop("a\n\x1b[2J", 1)}), "\n"));
}

TEST(RingTest, ProbesHaveBounds) {
  EXPECT_FALSE(IsInBounds({.look = 1, .hops = {}}));
  EXPECT_TRUE(IsInBounds({.look = 1, .hops = Ring(kRingHopsMax, Hop("a", 1))}));
  EXPECT_FALSE(IsInBounds({.look = 1, .hops = Ring(kRingHopsMax + 1, Hop("a", 1))}));
  EXPECT_FALSE(IsInBounds({.look = 1, .hops = {Hop(std::string(kNameBytesMax + 1, 'x'), 1)}}));
  EXPECT_FALSE(IsInBounds({.look = 0, .hops = {Hop("a", 1)}}));
}

}  // namespace
}  // namespace rehearse::net
