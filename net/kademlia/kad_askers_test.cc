#include "rehearse/net/kademlia/kad_askers.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "rehearse/net/kademlia/testing/made_peer.h"

namespace rehearse::net {
namespace {

constexpr absl::string_view kProtocol = "/test/kad/1.0.0";

Multiaddr At(absl::string_view text) { return *Multiaddr::Parse(text); }
Instant Second(int64_t second) { return Instant() + absl::Seconds(second); }

IdentifyMessage Saying(std::vector<std::string> protocols, std::vector<Multiaddr> addresses) {
  IdentifyMessage message;
  message.protocols = std::move(protocols);
  message.listen_addresses = std::move(addresses);
  return message;
}

TEST(KadAskerTest, ServesWhoSaysSo) {
  const Multiaddr seen = At("/ip4/10.0.0.1/tcp/50000");
  EXPECT_TRUE(KadAsker::From(Saying({"/x", std::string(kProtocol)}, {}), kProtocol, seen).serves);
  EXPECT_FALSE(KadAsker::From(Saying({"/x", "/other/kad/1.0.0"}, {}), kProtocol, seen).serves);
  EXPECT_FALSE(KadAsker::From(Saying({}, {}), kProtocol, seen).serves);
}

TEST(KadAskerTest, IsWhereItIsConnectedFrom) {
  const Multiaddr here = At("/ip4/10.0.0.1/tcp/4001");
  const Multiaddr elsewhere = At("/ip4/10.0.0.2/tcp/4001");
  const Multiaddr six = At("/ip6/::1/tcp/4001");
  const KadAsker asker = KadAsker::From(Saying({}, {elsewhere, here, six, Multiaddr()}), kProtocol,
                                        At("/ip4/10.0.0.1/tcp/50000"));
  EXPECT_EQ(asker.addresses, std::vector<std::string>{here.ToBytes()});
}

TEST(KadAskerTest, HasFewAddresses) {
  std::vector<Multiaddr> many;
  for (int port = 1; port <= 60; ++port)
    many.push_back(At(absl::StrCat("/ip4/1.2.3.4/tcp/", port)));
  const KadAsker asker = KadAsker::From(Saying({}, many), kProtocol, many.front());
  EXPECT_EQ(asker.addresses.size(), KadAsker::kAddressesMax);
}

TEST(KadAskersTest, OneAsksAndAllKnow) {
  KadAskers askers({.ask_every = absl::Seconds(300)});
  const PeerId peer = MadePeerId(1);
  EXPECT_TRUE(askers.ShouldAsk(peer, Second(0)));
  EXPECT_FALSE(askers.ShouldAsk(peer, Second(1)));
  EXPECT_EQ(askers.Find(peer), KadAsker());
  const KadAsker said{.serves = true, .addresses = {"here"}};
  askers.Learn(peer, said);
  EXPECT_EQ(askers.Find(peer), said);
  EXPECT_FALSE(askers.ShouldAsk(peer, Second(299)));
  EXPECT_TRUE(askers.ShouldAsk(peer, Second(300)));
  EXPECT_EQ(askers.Find(peer), said);  // until it says something else
}

TEST(KadAskersTest, ForgetsWhoWasAskedLongestAgo) {
  KadAskers askers({.peers_max = 2});
  for (uint64_t i = 1; i <= 3; ++i) {
    EXPECT_TRUE(askers.ShouldAsk(MadePeerId(i), Second(static_cast<int64_t>(i))));
    askers.Learn(MadePeerId(i), {.serves = true});
  }
  EXPECT_EQ(askers.peers(), 2u);
  EXPECT_FALSE(askers.Find(MadePeerId(1)).serves);
  EXPECT_TRUE(askers.Find(MadePeerId(2)).serves);
  EXPECT_TRUE(askers.Find(MadePeerId(3)).serves);
  askers.Learn(MadePeerId(1), {.serves = true});  // it was forgotten meanwhile
  EXPECT_EQ(askers.peers(), 2u);
}

}  // namespace
}  // namespace rehearse::net
