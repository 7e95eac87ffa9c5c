#include "rehearse/net/mdns/peer_records.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace rehearse::net {
namespace {

constexpr char kId[] = "12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq";
constexpr char kOtherId[] = "12D3KooWGC6TvWhfapngX6wvJHMYvKpDMXPb3ZnCZ6dMoaMtimQ5";

const PeerId kPeer = *PeerId::Parse(kId);

Multiaddr Address(absl::string_view text) { return *Multiaddr::Parse(text); }

// A response with one TXT record of `label`.
DnsMessage Telling(absl::string_view label, std::vector<std::string> texts) {
  return {.is_response = true,
          .answers = {{.name = PeerName(label),
                       .type = DnsType::kTxt,
                       .ttl_seconds = 120,
                       .texts = std::move(texts)}}};
}

TEST(PeerRecordsTest, TheQuestionIsTheSpecifications) {
  EXPECT_EQ(absl::BytesToHexString(PeersQuestion().Encode().value()),
            "000000000001000000000000"
            "045f703270045f756470056c6f63616c00000c0001");
}

TEST(PeerRecordsTest, WhatIsToldIsRead) {
  const LanPeer self{
      kPeer, {Address("/ip4/192.168.1.7/tcp/4001"), Address("/ip4/192.168.1.7/udp/4001/quic-v1")}};
  const auto bytes = PeerAnswer("abc", self, absl::Minutes(6)).Encode();
  const auto claims = ClaimsIn(DnsMessage::Decode(bytes.value()).value());
  ASSERT_EQ(claims.size(), 1u);
  EXPECT_EQ(claims[0].label, "abc");
  EXPECT_EQ(claims[0].ttl, absl::Minutes(6));
  EXPECT_EQ(claims[0].peer, self);
}

// js-libp2p's: one TXT record an address, all of them among the answers, no capital letter alike.
TEST(PeerRecordsTest, RecordsOfOneLabelBelongTogetherWhereverTheyAre) {
  DnsMessage message = Telling("ABC", {absl::StrCat("dnsaddr=/ip4/10.0.0.1/tcp/1/p2p/", kId)});
  DnsRecord more = message.answers[0];
  more.name = PeerName("abc");
  more.texts = {"x=y", absl::StrCat("dnsaddr=/ip4/10.0.0.1/tcp/2/p2p/", kId)};
  message.additional.push_back(more);
  const auto claims = ClaimsIn(message);
  ASSERT_EQ(claims.size(), 1u);
  EXPECT_EQ(claims[0].label, "abc");
  EXPECT_EQ(claims[0].peer,
            (LanPeer{kPeer, {Address("/ip4/10.0.0.1/tcp/1"), Address("/ip4/10.0.0.1/tcp/2")}}));
}

TEST(PeerRecordsTest, OneLabelIsOnePeer) {
  const auto claims =
      ClaimsIn(Telling("a", {absl::StrCat("dnsaddr=/ip4/10.0.0.1/tcp/1/p2p/", kId),
                             absl::StrCat("dnsaddr=/ip4/10.0.0.1/tcp/2/p2p/", kOtherId)}));
  ASSERT_EQ(claims.size(), 1u);
  EXPECT_EQ(claims[0].peer, (LanPeer{kPeer, {Address("/ip4/10.0.0.1/tcp/1")}}));
}

TEST(PeerRecordsTest, WhatCannotBeDialledIsLeftOut) {
  for (const std::string& text :
       {std::string("dnsaddr="), std::string("dnsaddr=/ip4/10.0.0.1/tcp/1"),
        absl::StrCat("dnsaddr=/p2p/", kId), std::string("dnsaddr=/ip4/10.0.0.1/tcp/1/p2p/Qm"),
        absl::StrCat("/ip4/10.0.0.1/tcp/1/p2p/", kId), std::string(255, 'd')}) {
    EXPECT_TRUE(ClaimsIn(Telling("a", {text})).empty()) << text;
  }
}

TEST(PeerRecordsTest, OtherServicesAreNotPeers) {
  const std::string text = absl::StrCat("dnsaddr=/ip4/10.0.0.1/tcp/1/p2p/", kId);
  DnsMessage message = Telling("a", {text});
  EXPECT_EQ(ClaimsIn(message).size(), 1u);
  for (const DnsName& name :
       {PeerServiceName(), ServiceListName(), DnsName(), DnsName({"a", "_ipp", "_tcp", "local"}),
        DnsName({"a", "b", "_p2p", "_udp", "local"})}) {
    message.answers[0].name = name;
    EXPECT_TRUE(ClaimsIn(message).empty()) << name.ToString();
  }
}

TEST(PeerRecordsTest, AGoodbyeNamesTheLabelAlone) {
  const auto claims = ClaimsIn(PeerGoodbye("abc"));
  ASSERT_EQ(claims.size(), 1u);
  EXPECT_EQ(claims[0].label, "abc");
  EXPECT_EQ(claims[0].ttl, absl::ZeroDuration());
  EXPECT_FALSE(claims[0].peer.has_value());
  // js-libp2p would take it for a peer, had it a TXT record.
  EXPECT_TRUE(PeerGoodbye("abc").additional.empty());
}

TEST(PeerRecordsTest, ATxtRecordThatIsOverIsAGoodbyeToo) {
  DnsMessage message = Telling("a", {absl::StrCat("dnsaddr=/ip4/10.0.0.1/tcp/1/p2p/", kId)});
  message.answers[0].ttl_seconds = 0;
  EXPECT_FALSE(ClaimsIn(message).at(0).peer.has_value());
}

TEST(PeerRecordsTest, AnAnswerFitsInOnePacketWhateverThereIsToTell) {
  LanPeer self{kPeer, {}};
  for (int i = 0; i < 100; ++i) {
    self.addresses.push_back(Address(absl::StrCat("/ip4/192.168.100.", 100 + i, "/tcp/4001")));
  }
  self.addresses.insert(self.addresses.begin(),
                        Address(absl::StrCat("/dns4/", std::string(200, 'd'), "/tcp/4001")));
  const DnsMessage answer = PeerAnswer(std::string(63, 'a'), self, absl::Minutes(6));
  EXPECT_TRUE(answer.Encode(kLanDatagramBytes).ok());
  EXPECT_GT(answer.additional.front().texts.size(), 10u);
  const auto claims = ClaimsIn(answer);
  EXPECT_EQ(claims.at(0).peer->addresses.front(), self.addresses[1]);
}

TEST(PeerRecordsTest, AClaimHasSoManyAddressesAndNoMore) {
  std::vector<std::string> texts;
  for (size_t i = 0; i <= LanPeer::kAddressesMax; ++i) {
    for (int twice = 0; twice < 2; ++twice) {
      texts.push_back(absl::StrCat("dnsaddr=/ip4/10.0.0.1/tcp/", i + 1, "/p2p/", kId));
    }
  }
  const auto claims = ClaimsIn(Telling("a", texts));
  EXPECT_EQ(claims.at(0).peer->addresses.size(), LanPeer::kAddressesMax);
}

TEST(PeerRecordsTest, SoManyAddressesAreReadOfOneMessage) {
  const auto last_of = [](size_t addresses) {
    DnsMessage message = Telling("a", std::vector<std::string>(addresses - 1, "dnsaddr=junk"));
    message.additional =
        Telling("b", {absl::StrCat("dnsaddr=/ip4/10.0.0.1/tcp/1/p2p/", kId)}).answers;
    return ClaimsIn(message).size();
  };
  EXPECT_EQ(last_of(kLanAddressesReadMax), 1u);
  EXPECT_EQ(last_of(kLanAddressesReadMax + 1), 0u);
}

}  // namespace
}  // namespace rehearse::net
