#include "rehearse/net/mdns/lan_peers.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "rehearse/net/kademlia/testing/made_peer.h"

namespace rehearse::net {
namespace {

const Instant kStart = Instant() + absl::Hours(1);
constexpr absl::Duration kTtl = absl::Minutes(2);
const LanPeersOptions kOptions;

PeerClaim Claim(uint64_t peer, int port = 1) {
  return {.label = absl::StrCat("label-", peer),
          .ttl = kTtl,
          .peer = LanPeer{MadePeerId(peer),
                          {*Multiaddr::Parse(absl::StrCat("/ip4/10.0.0.1/tcp/", port))}}};
}
PeerClaim Goodbye(uint64_t peer) {
  return {.label = absl::StrCat("label-", peer), .ttl = {}, .peer = {}};
}

TEST(LanPeersTest, WhatIsNewIsNewsAndAgainItIsNot) {
  LanPeers peers(kOptions);
  EXPECT_TRUE(peers.Take("10.0.0.1", Claim(1), kStart));
  EXPECT_FALSE(peers.Take("10.0.0.1", Claim(1), kStart + absl::Minutes(1)));
  EXPECT_EQ(peers.Present(kStart), std::vector<LanPeer>{*Claim(1).peer});
}

TEST(LanPeersTest, AClaimIsOverAfterItsTimeUnlessItIsRepeated) {
  LanPeers peers(kOptions);
  peers.Take("10.0.0.1", Claim(1), kStart);
  peers.Take("10.0.0.1", Claim(1), kStart + absl::Minutes(1));
  EXPECT_EQ(peers.Present(kStart + absl::Seconds(179)).size(), 1u);
  EXPECT_TRUE(peers.Present(kStart + absl::Seconds(180)).empty());
  EXPECT_EQ(peers.size(), 1u);
  peers.Drop(kStart + absl::Seconds(180));
  EXPECT_EQ(peers.size(), 0u);
  EXPECT_TRUE(peers.Take("10.0.0.1", Claim(1), kStart + absl::Seconds(180)));
}

TEST(LanPeersTest, NoClaimHoldsLongerThanTheBound) {
  LanPeers peers(kOptions);
  PeerClaim claim = Claim(1);
  claim.ttl = absl::Hours(1'000'000);
  peers.Take("10.0.0.1", claim, kStart);
  EXPECT_EQ(peers.Present(kStart + (kOptions.ttl_max - absl::Nanoseconds(1))).size(), 1u);
  EXPECT_TRUE(peers.Present(kStart + kOptions.ttl_max).empty());
}

TEST(LanPeersTest, OtherAddressesAreNewsButNotTooSoon) {
  LanPeers peers(kOptions);
  peers.Take("10.0.0.1", Claim(1, 1), kStart);
  const Instant soon = kStart + (kOptions.news_every - absl::Nanoseconds(1));
  EXPECT_FALSE(peers.Take("10.0.0.1", Claim(1, 2), soon));
  EXPECT_EQ(peers.Present(soon), std::vector<LanPeer>{*Claim(1, 1).peer});
  const Instant later = kStart + kOptions.news_every;
  EXPECT_TRUE(peers.Take("10.0.0.1", Claim(1, 2), later));
  EXPECT_EQ(peers.Present(later), std::vector<LanPeer>{*Claim(1, 2).peer});
}

TEST(LanPeersTest, AGoodbyeIsHeardOfTheHostThatClaimed) {
  LanPeers peers(kOptions);
  peers.Take("10.0.0.1", Claim(1), kStart);
  EXPECT_FALSE(peers.Take("10.0.0.2", Goodbye(1), kStart));
  EXPECT_FALSE(peers.Take("10.0.0.1", Goodbye(2), kStart));
  EXPECT_EQ(peers.Present(kStart).size(), 1u);
  EXPECT_FALSE(peers.Take("10.0.0.1", Goodbye(1), kStart));
  EXPECT_TRUE(peers.Present(kStart).empty());
}

// Else whoever claims and takes back in turn would make news without end.
TEST(LanPeersTest, WhoComesAndGoesIsNotNewsEachTime) {
  LanPeers peers(kOptions);
  int news = 0;
  for (int i = 0; i < 1000; ++i) {
    const Instant now = kStart + i * absl::Milliseconds(100);
    news += peers.Take("10.0.0.1", Claim(1), now) ? 1 : 0;
    peers.Take("10.0.0.1", Goodbye(1), now);
    peers.Drop(now);
  }
  EXPECT_EQ(news, 10);
}

TEST(LanPeersTest, WhatHostsSayOfOnePeerStandsSideBySide) {
  LanPeers peers(kOptions);
  EXPECT_TRUE(peers.Take("10.0.0.1", Claim(1, 1), kStart));
  EXPECT_TRUE(peers.Take("10.0.0.2", Claim(1, 2), kStart));
  EXPECT_TRUE(peers.Take("10.0.0.3", Claim(1, 1), kStart));
  const auto present = peers.Present(kStart);
  ASSERT_EQ(present.size(), 1u);
  EXPECT_EQ(present[0].addresses.size(), 2u);
}

TEST(LanPeersTest, AHostHasSoManyPlacesAndAllHostsSoMany) {
  LanPeers peers(kOptions);
  uint64_t next = 0;
  for (size_t i = 0; i < kOptions.peers_per_host_max; ++i) {
    EXPECT_TRUE(peers.Take("10.0.0.1", Claim(next++), kStart));
  }
  EXPECT_FALSE(peers.Take("10.0.0.1", Claim(next++), kStart));
  EXPECT_TRUE(peers.Take("10.0.0.2", Claim(next++), kStart));
  for (int host = 3; peers.size() < kOptions.peers_max; ++host) {
    EXPECT_TRUE(peers.Take(absl::StrCat("10.0.0.", host), Claim(next++), kStart));
  }
  EXPECT_FALSE(peers.Take("10.1.1.1", Claim(next++), kStart));
  EXPECT_EQ(peers.refused(), 2u);
  // Whose time is over makes room.
  EXPECT_TRUE(peers.Take("10.1.1.1", Claim(next++), kStart + kTtl));
  EXPECT_EQ(peers.size(), 1u);
}

}  // namespace
}  // namespace rehearse::net
