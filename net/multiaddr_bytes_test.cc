// Multiaddrs as bytes: the vectors of the specification, and what peers may send instead.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "rehearse/net/multiaddr.h"

namespace rehearse::net {
namespace {

std::string Bytes(absl::string_view hex) { return absl::HexStringToBytes(hex); }

constexpr std::pair<absl::string_view, absl::string_view> kVectors[] = {
    {"/ip4/127.0.0.1/tcp/4001", "047f000001060fa1"},
    {"/ip4/127.0.0.1/udp/1234", "047f000001910204d2"},
    {"/ip4/127.0.0.1/udp/1234/quic-v1", "047f000001910204d2cd03"},
    {"/ip6/::1/tcp/80", "2900000000000000000000000000000001060050"},
    {"/ip6/2001:db8::1/udp/443/quic-v1", "2920010db8000000000000000000000001910201bbcd03"},
    {"/dns4/example.com/tcp/443", "360b6578616d706c652e636f6d0601bb"},
    {"/dns6/example.com/udp/443/quic-v1", "370b6578616d706c652e636f6d910201bbcd03"},
    {"/dns/localhost/tcp/1", "35096c6f63616c686f7374060001"},
    {"/dnsaddr/example.org", "380b6578616d706c652e6f7267"},
    {"/ip4/10.0.0.1/udp/9000/quic-v1/p2p/12D3KooWM6CgA9iBFZmcYAHA6A2qvbAxqfkmrYiRQuz3XEsk4Ksv",
     "040a00000191022328cd03a50326002408011220a77f1d92fedb59dddaea5a1c4abd1ac2fbde7d7b879ed36450180"
     "9"
     "923d7c11b9"},
    {"/p2p/QmfXbAwNjJLXfesgztEHe8HwgVDCMMpZ9Eax1HYq6hn9uE",
     "a503221220ff6411214402e7c0b3dd3b1095b53b4eb2202f7fd3e84df88268a531b0a61a1d"},
};

TEST(MultiaddrBytesTest, AreThoseOfTheSpecification) {
  for (const auto& [text, hex] : kVectors) {
    const absl::StatusOr<Multiaddr> from_text = Multiaddr::Parse(text);
    ASSERT_TRUE(from_text.ok()) << from_text.status();
    EXPECT_EQ(absl::BytesToHexString(from_text->ToBytes()), hex) << text;
    const absl::StatusOr<Multiaddr> from_bytes = Multiaddr::FromBytes(Bytes(hex));
    ASSERT_TRUE(from_bytes.ok()) << from_bytes.status();
    EXPECT_EQ(from_bytes->ToString(), text);
    EXPECT_EQ(*from_bytes, *from_text);
  }
}

TEST(MultiaddrBytesTest, AreRefusedWhereverTheyAreCutWithinAPart) {
  for (const auto& [text, hex] : kVectors) {
    const std::string bytes = Bytes(hex);
    for (size_t length = 0; length < bytes.size(); ++length) {
      const absl::StatusOr<Multiaddr> cut = Multiaddr::FromBytes(bytes.substr(0, length));
      if (cut.ok()) {  // between two parts
        EXPECT_EQ(cut->ToBytes(), bytes.substr(0, length));
      } else {
        EXPECT_TRUE(absl::IsDataLoss(cut.status())) << cut.status();
      }
    }
  }
}

TEST(MultiaddrBytesTest, AreRefusedIfUnknownPaddedOrTooLong) {
  const std::string part = Bytes("06ffff");
  for (const std::string& bytes :
       {Bytes(""), Bytes("00"), Bytes("8600ffff"), Bytes("7f"), Bytes("3600"),
        Bytes("3603610062"),                   // a zero in a name
        Bytes("3603612f62"),                   // a slash
        Bytes("a50300"), Bytes("a503021220"),  // no peers
        Bytes("36ffffffffffffffff7f6162"),     // more than there is
        std::string(1025, '\x06')}) {
    EXPECT_TRUE(absl::IsDataLoss(Multiaddr::FromBytes(bytes).status()))
        << absl::BytesToHexString(bytes);
  }
  std::string most;
  for (size_t i = 0; i < Multiaddr::kPartsMax; ++i) most += part;
  EXPECT_TRUE(Multiaddr::FromBytes(most).ok());
  EXPECT_FALSE(Multiaddr::FromBytes(most + part).ok());
}

TEST(MultiaddrBytesTest, OfProtocolsThatAreNotDialledAreReadAndWritten) {
  for (const absl::string_view text :
       {"/ip4/10.0.0.1/udp/1/quic", "/dns4/a.b/tcp/443/tls/ws", "/dns4/a.b/tcp/443/wss",
        "/ip4/10.0.0.1/tcp/1/p2p/12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq/p2p-circuit",
        "/ip4/10.0.0.1/udp/1/quic-v1/webtransport/certhash/uEiAsGPzpiPGQzSlVHRXrUCT5EkTV7YFrV4VZ3hp"
        "EKTd_zg",
        "/ip4/10.0.0.1/udp/1/webrtc-direct", "/ip6zone/eth0/ip6/fe80::1/tcp/1"}) {
    const absl::StatusOr<Multiaddr> address = Multiaddr::Parse(text);
    ASSERT_TRUE(address.ok()) << address.status();
    EXPECT_EQ(address->ToString(), text);
    EXPECT_EQ(*Multiaddr::FromBytes(address->ToBytes()), *address);
  }
}

TEST(MultiaddrBytesTest, TakesTheOldNameOfAPeerAndTheOtherText) {
  constexpr absl::string_view kText = "/p2p/12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq";
  for (const absl::string_view text :
       {"/ipfs/12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq",
        "/p2p/bafzaajaiaejcahwr5d5ofrfbis4l5d6uwr57hu5tjodrypfm6yaq6dsc2r2pzyt6"}) {
    EXPECT_EQ(Multiaddr::Parse(text)->ToString(), kText);
  }
}

TEST(MultiaddrBytesTest, EndsWithAPeerOrNot) {
  constexpr absl::string_view kPeer = "12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq";
  const Multiaddr plain = *Multiaddr::Parse("/ip4/10.0.0.1/tcp/1");
  const Multiaddr with = *Multiaddr::Parse(absl::StrCat("/ip4/10.0.0.1/tcp/1/p2p/", kPeer));
  EXPECT_EQ(with.peer()->ToString(), kPeer);
  EXPECT_EQ(with.WithoutPeer(), plain);
  EXPECT_FALSE(plain.peer().has_value());
  EXPECT_EQ(plain.WithoutPeer(), plain);
}

RC_GTEST_PROP(MultiaddrProperty, AnyBytesAreAnAddressOfOneFormOrRefused,
              (const std::string& noise)) {
  std::string bytes = Bytes(kVectors[*rc::gen::inRange<size_t>(0, std::size(kVectors))].second);
  const auto at = *rc::gen::inRange<size_t>(0, bytes.size());
  bytes.replace(at, *rc::gen::inRange<size_t>(0, 4), noise.substr(0, 4));
  const absl::StatusOr<Multiaddr> address = Multiaddr::FromBytes(bytes);
  if (!address.ok()) {
    RC_ASSERT(absl::IsDataLoss(address.status()));
    return;
  }
  RC_ASSERT(address->ToBytes() == bytes);
  RC_ASSERT(*Multiaddr::Parse(address->ToString()) == *address);
}

}  // namespace
}  // namespace rehearse::net
