#include "rehearse/net/libp2p/known_peers.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "rehearse/net/crypto/testing/seeded_entropy.h"
#include "rehearse/net/identity/identity.h"

namespace rehearse::net {
namespace {

Multiaddr Address(size_t port) {
  return *Multiaddr::Parse(absl::StrCat("/ip4/10.0.0.1/tcp/", port));
}

class KnownPeersTest : public testing::Test {
 protected:
  PeerId Draw() { return Identity::Generate(entropy_).peer_id(); }

  SeededEntropy entropy_{1};
  const PeerId peer_ = Draw();
  KnownPeers known_;
};

TEST_F(KnownPeersTest, WhatWorkedLastComesFirstThenWhatThePeerSays) {
  EXPECT_TRUE(known_.AddressesOf(peer_).empty());
  known_.LearnAddress(peer_, Address(1));
  known_.LearnAddress(peer_, Address(2));
  known_.LearnAddress(peer_, Address(1));
  IdentifyMessage said;
  said.listen_addresses = {Address(2), Address(3)};
  known_.Learn(peer_, said);
  EXPECT_EQ(known_.AddressesOf(peer_),
            (std::vector<Multiaddr>{Address(1), Address(2), Address(3)}));
}

TEST_F(KnownPeersTest, WhatAPushDoesNotSayStays) {
  IdentifyMessage first;
  first.agent_version = "one/1";
  first.protocols = {"/a"};
  known_.Learn(peer_, first);
  IdentifyMessage push;
  push.protocols = {"/a", "/b"};
  known_.Learn(peer_, push);
  EXPECT_EQ(known_.Find(peer_)->agent_version, "one/1");
  EXPECT_EQ(known_.Find(peer_)->protocols, push.protocols);
}

TEST_F(KnownPeersTest, KeepsSoManyAddressesOfAPeer) {
  for (size_t port = 1; port <= 2 * KnownPeers::kAddressesMax; ++port) {
    known_.LearnAddress(peer_, Address(port));
  }
  const std::vector<Multiaddr> kept = known_.AddressesOf(peer_);
  EXPECT_EQ(kept.size(), KnownPeers::kAddressesMax);
  EXPECT_EQ(kept.front(), Address(2 * KnownPeers::kAddressesMax));
}

TEST_F(KnownPeersTest, ForgetsWhomItHeardOfLongestAgo) {
  const PeerId second = Draw();
  known_.LearnAddress(peer_, Address(1));
  known_.LearnAddress(second, Address(1));
  known_.LearnAddress(peer_, Address(1));
  for (size_t i = 0; i < KnownPeers::kPeersMax - 1; ++i) known_.LearnAddress(Draw(), Address(1));
  EXPECT_TRUE(known_.AddressesOf(second).empty());
  EXPECT_FALSE(known_.AddressesOf(peer_).empty());
}

}  // namespace
}  // namespace rehearse::net
