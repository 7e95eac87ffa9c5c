#include "rehearse/net/libp2p/identify/identify_message.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "rehearse/net/codec/protobuf.h"
#include "rehearse/net/codec/uvarint.h"
#include "rehearse/net/crypto/testing/seeded_entropy.h"
#include "rehearse/net/identity/identity.h"

namespace rehearse::net {
namespace {

IdentifyMessage Full() {
  SeededEntropy entropy(1);
  IdentifyMessage message;
  message.public_key = Identity::Generate(entropy).public_key();
  message.listen_addresses = {*Multiaddr::Parse("/ip4/10.0.0.1/tcp/1"),
                              *Multiaddr::Parse("/ip6/::1/udp/2/quic-v1")};
  message.protocols = {"/ipfs/id/1.0.0", "/ipfs/ping/1.0.0"};
  message.observed_address = *Multiaddr::Parse("/ip4/10.0.0.2/tcp/3");
  message.protocol_version = "rehearse/1.0.0";
  message.agent_version = "rehearse/1";
  message.signed_peer_record = "record";
  return message;
}

std::string Framed(const IdentifyMessage& message) {
  std::string bytes;
  AppendCounted(*message.Encode(), bytes);
  return bytes;
}

TEST(IdentifyMessageTest, IsReadAsItWasWritten) {
  EXPECT_EQ(*IdentifyMessage::Decode(*Full().Encode()), Full());
  EXPECT_EQ(*IdentifyMessage::Decode(""), IdentifyMessage());
}

TEST(IdentifyMessageTest, LeavesOutWhatCannotBeRead) {
  std::string bytes;
  AppendProtobufBytes(2, "no address", bytes);
  AppendProtobufBytes(2, Multiaddr::Parse("/ip4/10.0.0.1/tcp/1")->ToBytes(), bytes);
  AppendProtobufBytes(4, "none", bytes);
  AppendProtobufBytes(6, std::string(257, 'x'), bytes);
  AppendProtobufBytes(3, std::string(257, 'x'), bytes);
  AppendProtobufNumber(6, 7, bytes);
  AppendProtobufBytes(100, "unknown", bytes);
  const absl::StatusOr<IdentifyMessage> message = IdentifyMessage::Decode(bytes);
  ASSERT_TRUE(message.ok()) << message.status();
  EXPECT_EQ(message->listen_addresses.size(), 1u);
  EXPECT_FALSE(message->observed_address.has_value());
  EXPECT_FALSE(message->agent_version.has_value());
  EXPECT_TRUE(message->protocols.empty());
}

TEST(IdentifyMessageTest, CutsPeersOffAddresses) {
  std::string bytes;
  AppendProtobufBytes(
      2,
      Multiaddr::Parse(
          "/ip4/10.0.0.1/tcp/1/p2p/12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq")
          ->ToBytes(),
      bytes);
  EXPECT_EQ(IdentifyMessage::Decode(bytes)->listen_addresses[0].ToString(), "/ip4/10.0.0.1/tcp/1");
}

TEST(IdentifyMessageTest, TakesSoManyAddressesAndProtocols) {
  std::string bytes;
  for (int i = 0; i < 200; ++i) {
    AppendProtobufBytes(2, Multiaddr::Parse("/ip4/10.0.0.1/tcp/1")->ToBytes(), bytes);
    AppendProtobufBytes(3, "/p", bytes);
  }
  const IdentifyMessage message = *IdentifyMessage::Decode(bytes);
  EXPECT_EQ(message.listen_addresses.size(), IdentifyMessage::kAddressesMax);
  EXPECT_EQ(message.protocols.size(), IdentifyMessage::kProtocolsMax);
}

TEST(IdentifyMessageTest, RefusesAKeyThatIsNone) {
  std::string bytes;
  AppendProtobufBytes(1, "no key", bytes);
  EXPECT_TRUE(absl::IsDataLoss(IdentifyMessage::Decode(bytes).status()));
}

TEST(IdentifyMessageTest, IsNotWrittenTooLong) {
  IdentifyMessage message;
  message.signed_peer_record = std::string(IdentifyMessage::kWrittenBytesMax - 3, 'x');
  EXPECT_TRUE(message.Encode().ok());
  message.signed_peer_record->push_back('x');
  EXPECT_TRUE(absl::IsResourceExhausted(message.Encode().status()));
}

TEST(IdentifyReaderTest, MergesMessages) {
  IdentifyMessage newer;
  newer.agent_version = "other/2";
  newer.protocols = {"/kad"};
  IdentifyReader reader;
  ASSERT_TRUE(reader.Receive(Framed(Full()) + Framed(newer)).ok());
  const absl::StatusOr<IdentifyMessage> message = reader.Finish();
  ASSERT_TRUE(message.ok()) << message.status();
  IdentifyMessage expected = Full();
  expected.agent_version = "other/2";
  expected.protocols = {"/kad"};
  EXPECT_EQ(*message, expected);
}

TEST(IdentifyReaderTest, RefusesOneMessageTooManyAndOneTooLong) {
  IdentifyReader reader;
  const std::string empty(1, '\0');
  for (int i = 0; i < IdentifyReader::kMessagesMax; ++i) ASSERT_TRUE(reader.Receive(empty).ok());
  EXPECT_TRUE(absl::IsDataLoss(reader.Receive(empty)));
  std::string announced;
  AppendUvarint(IdentifyMessage::kReadBytesMax + 1, announced);
  EXPECT_TRUE(absl::IsDataLoss(IdentifyReader().Receive(announced)));
}

TEST(IdentifyReaderTest, RefusesAnEndWithinAMessageAndNothing) {
  EXPECT_TRUE(absl::IsDataLoss(IdentifyReader().Finish().status()));
  const std::string bytes = Framed(Full());
  for (size_t length = 1; length < bytes.size(); ++length) {
    IdentifyReader reader;
    ASSERT_TRUE(reader.Receive(bytes.substr(0, length)).ok());
    EXPECT_TRUE(absl::IsDataLoss(reader.Finish().status())) << length;
  }
}

RC_GTEST_PROP(IdentifyProperty, IsReadHoweverItIsCut, ()) {
  const std::string bytes = Framed(Full());
  IdentifyReader reader;
  for (size_t at = 0; at < bytes.size();) {
    const auto count = *rc::gen::inRange<size_t>(1, 30);
    RC_ASSERT(reader.Receive(absl::string_view(bytes).substr(at, count)).ok());
    at += count;
  }
  RC_ASSERT(*reader.Finish() == Full());
}

RC_GTEST_PROP(IdentifyProperty, HostileBytesAreRefusedInWords,
              (const std::string& noise, uint16_t at)) {
  std::string bytes = *Full().Encode();
  bytes.replace(at % bytes.size(), noise.size(), noise);
  const auto message = IdentifyMessage::Decode(bytes);
  RC_ASSERT(message.ok() || absl::IsDataLoss(message.status()));
  const absl::Status status = IdentifyReader().Receive(noise);
  RC_ASSERT(status.ok() || absl::IsDataLoss(status));
}

}  // namespace
}  // namespace rehearse::net
