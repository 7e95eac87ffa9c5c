#include "rehearse/net/kademlia/kad_message.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "absl/strings/escaping.h"
#include "rehearse/net/codec/protobuf.h"
#include "rehearse/net/crypto/bytes.h"
#include "rehearse/net/crypto/sha256.h"
#include "rehearse/net/kademlia/testing/made_peer.h"

namespace rehearse::net {
namespace {

std::string Hex(const absl::StatusOr<std::string>& bytes) {
  return bytes.ok() ? absl::BytesToHexString(*bytes) : bytes.status().ToString();
}

TEST(KadMessageTest, FindNodeIsTheSpecificationsBytes) {
  const KadMessage message{
      .type = KadType::kFindNode,
      .key = std::string(
          PeerId::Parse("12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq")->bytes())};
  EXPECT_EQ(Hex(message.Encode()),
            "080412260024080112201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e");
}

TEST(KadMessageTest, GetProvidersIsTheSpecificationsBytes) {
  const KadMessage message{.type = KadType::kGetProviders,
                           .key = "\x12\x20" + std::string(ViewOf(Sha256("greeter")))};
  EXPECT_EQ(Hex(message.Encode()),
            "0803122212204b249b519fef6a17b8e62e20e5eff3f41938f86d47a8425484c0f0a391ea10d2");
}

TEST(KadMessageTest, AMissingTypeIsPutValue) {
  EXPECT_EQ(KadMessage::Decode("")->type, KadType::kPutValue);
  EXPECT_EQ(KadMessage::Decode(absl::HexStringToBytes("0805"))->type, KadType::kPing);
  EXPECT_TRUE(absl::IsDataLoss(KadMessage::Decode(absl::HexStringToBytes("0806")).status()));
}

TEST(KadMessageTest, DropsPeersWithoutAReadableIdAndKeepsTheOthers) {
  std::string bad;
  AppendProtobufBytes(1, "no id", bad);
  std::string bytes = *KadMessage{.type = KadType::kFindNode, .closer = {MadePeer(1)}}.Encode();
  AppendProtobufBytes(8, bad, bytes);
  const auto decoded = KadMessage::Decode(bytes);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->closer, std::vector<KadPeer>{MadePeer(1)});
}

TEST(KadMessageTest, SkipsWhatItDoesNotKnow) {
  std::string bytes;
  AppendProtobufNumber(10, 7, bytes);  // a field that is not used any more
  AppendProtobufBytes(99, "later", bytes);
  AppendProtobufNumber(1, 4, bytes);
  EXPECT_EQ(KadMessage::Decode(bytes)->type, KadType::kFindNode);
}

TEST(KadMessageTest, LosesAddressesFirstThenTheFarthestPeers) {
  KadMessage message{.type = KadType::kFindNode};
  for (int i = 0; i < 20; ++i) {
    KadPeer peer = MadePeer(static_cast<uint64_t>(i));
    peer.addresses.assign(10, std::string(200, 'a'));
    message.closer.push_back(peer);
  }
  const auto shorter = message.Encode();
  ASSERT_TRUE(shorter.ok());
  EXPECT_LE(shorter->size(), KadMessage::kWrittenBytesMax);
  EXPECT_EQ(KadMessage::Decode(*shorter)->closer.size(), 20u);
  EXPECT_EQ(KadMessage::Decode(*shorter)->closer[0].addresses.size(), 2u);
  for (KadPeer& peer : message.closer) peer.addresses.assign(1, std::string(1000, 'a'));
  const auto shortest = message.Encode();
  EXPECT_LE(shortest->size(), KadMessage::kWrittenBytesMax);
  const auto decoded = KadMessage::Decode(*shortest);
  EXPECT_EQ(decoded->closer.size(), 15u);
  EXPECT_EQ(decoded->closer[0].id, message.closer[0].id);
}

TEST(KadMessageTest, RefusesAValueThatFitsInNoMessage) {
  KadMessage message{.type = KadType::kPutValue, .key = "k"};
  message.record = KadRecord{.key = "k", .value = std::string(KadMessage::kWrittenBytesMax, 'v')};
  EXPECT_TRUE(absl::IsResourceExhausted(message.Encode().status()));
}

rc::Gen<std::vector<KadPeer>> Peers() {
  return rc::gen::container<std::vector<KadPeer>>(
      rc::gen::map(rc::gen::inRange<uint64_t>(0, 1000), MadePeer));
}

RC_GTEST_PROP(KadMessageProperty, ReadsWhatItWrote, (const std::string& key)) {
  KadMessage message{.type = static_cast<KadType>(*rc::gen::inRange(0, 6)), .key = key};
  message.closer = *rc::gen::resize(20, Peers());
  message.providers = *rc::gen::resize(20, Peers());
  if (*rc::gen::arbitrary<bool>()) {
    message.record = KadRecord{.key = key,
                               .value = *rc::gen::arbitrary<std::string>(),
                               .ttl_seconds = *rc::gen::arbitrary<uint32_t>()};
  }
  RC_ASSERT(*KadMessage::Decode(*message.Encode()) == message);
}

RC_GTEST_PROP(KadMessageProperty, HostileBytesAreRefusedInWords, (std::string bytes)) {
  const auto decoded = KadMessage::Decode(bytes);
  RC_ASSERT(decoded.ok() || absl::IsDataLoss(decoded.status()));
}

RC_GTEST_PROP(KadMessageProperty, ChangedBytesAreReadOrRefused, ()) {
  KadMessage message{.type = KadType::kGetValue, .key = "key"};
  message.closer = *rc::gen::resize(5, Peers());
  message.record = KadRecord{.key = "key", .value = "value", .ttl_seconds = 5};
  std::string bytes = *message.Encode();
  const auto at = *rc::gen::inRange<size_t>(0, bytes.size());
  bytes[at] = *rc::gen::arbitrary<char>();
  const auto decoded = KadMessage::Decode(bytes);
  RC_ASSERT(decoded.ok() || absl::IsDataLoss(decoded.status()));
  const auto cut = KadMessage::Decode(absl::string_view(bytes).substr(0, at));
  RC_ASSERT(cut.ok() || absl::IsDataLoss(cut.status()));
}

}  // namespace
}  // namespace rehearse::net
