// The handshake against known vectors, with and without payloads.

#include "rehearse/net/libp2p/noise/noise_xx.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace rehearse::net {
namespace {

// Bytes that count up from `first`.
X25519KeyPair Counting(uint8_t first) {
  FixedBytes<32> bytes;
  for (uint8_t& byte : bytes) byte = first++;
  return X25519KeyPair(Secret<32>(bytes));
}

struct Pair {
  NoiseXx dialer{true, Counting(0x20), Counting(0x00)};
  NoiseXx listener{false, Counting(0x41), Counting(0x01)};
};

std::string Hex(absl::string_view bytes) { return absl::BytesToHexString(bytes); }

// One message from `from` to `to`, in hex.
std::string Pass(NoiseXx& from, NoiseXx& to, absl::string_view payload) {
  const absl::StatusOr<std::string> message = from.Write(payload);
  EXPECT_TRUE(message.ok()) << message.status();
  const absl::StatusOr<std::string> read = to.Read(*message);
  EXPECT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, payload);
  return Hex(*message);
}

TEST(NoiseXxTest, WritesTheKnownMessagesWithoutPayloads) {
  Pair pair;
  EXPECT_EQ(Pass(pair.dialer, pair.listener, ""),
            "358072d6365880d1aeea329adf9121383851ed21a28e3b75e965d0d2cd166254");
  EXPECT_EQ(Pass(pair.listener, pair.dialer, ""),
            "64b101b1d0be5a8704bd078f9895001fc03e8e9f9522f188dd128d9846d48466"
            "3414af878d3e46a2f58911a816d6e8346d4ea17a6f2a0bb4ef4ed56c133cff45"
            "60a34e36ea82109f26cf2e5a5caf992b608d55c747f615e5a3425a7a19eefb8f");
  EXPECT_EQ(Pass(pair.dialer, pair.listener, ""),
            "87f864c11ba449f46a0a4f4e2eacbb7b0457784f4fca1937f572c93603e9c4d9"
            "7e5ea11b16f3968710b23a3be3202dc1b5e1ce3c963347491e74f5c0768a9b42");
  EXPECT_TRUE(pair.dialer.done() && pair.listener.done());
  auto [sealing, opening] = pair.dialer.Split();
  std::string sealed;
  ASSERT_TRUE(sealing.Seal("", "yellowsubmarine", sealed).ok());
  EXPECT_EQ(Hex(sealed), "a52ef02ba60e12696d1d6b9ef4245c88fca757b6134ad6e76b56e310a6adf6");
  sealed.clear();
  ASSERT_TRUE(pair.listener.Split().first.Seal("", "submarineyellow", sealed).ok());
  EXPECT_EQ(Hex(sealed), "2445aa438ebd649281c636cc7269ca82f1d9023d72520943aeabf909cdf521");
  std::string opened;
  ASSERT_TRUE(opening.Open("", sealed, opened).ok());
  EXPECT_EQ(opened, "submarineyellow");
}

TEST(NoiseXxTest, WritesTheKnownMessagesWithPayloads) {
  Pair pair;
  EXPECT_EQ(Pass(pair.dialer, pair.listener, "test_msg_0"),
            "358072d6365880d1aeea329adf9121383851ed21a28e3b75e965d0d2cd166254746573745f6d73675f30");
  EXPECT_EQ(
      Pass(pair.listener, pair.dialer, "test_msg_1"),
      "64b101b1d0be5a8704bd078f9895001fc03e8e9f9522f188dd128d9846d484663414af878d3e46a2f58911a8"
      "16d6e8346d4ea17a6f2a0bb4ef4ed56c133cff4572e7a2ba5123ac30618b3d205f5c2d17f50cbca216483ac5"
      "6bcc78e33bf520303278db641e5e731b2e3a");
  EXPECT_EQ(
      Pass(pair.dialer, pair.listener, "test_msg_2"),
      "87f864c11ba449f46a0a4f4e2eacbb7b0457784f4fca1937f572c93603e9c4d9f27e318e43ba630594c4d08e"
      "eb3b36d97c7377a2f4f9144b2f0c8095ad92140505b2ab53eff244b14138");
}

TEST(NoiseXxTest, TellsTheStaticKeys) {
  Pair pair;
  for (int i = 0; i < 3; ++i) {
    Pass(i % 2 == 0 ? pair.dialer : pair.listener, i % 2 == 0 ? pair.listener : pair.dialer, "");
  }
  EXPECT_EQ(*pair.dialer.peer_static(), Counting(0x01).public_key());
  EXPECT_EQ(*pair.listener.peer_static(), Counting(0x00).public_key());
}

TEST(NoiseXxTest, RefusesEveryCutAndEveryChange) {
  for (int which = 0; which < 3; ++which) {
    std::string message;
    for (size_t at = 0;; ++at) {
      Pair pair;
      NoiseXx* from = &pair.dialer;
      NoiseXx* to = &pair.listener;
      for (int i = 0; i < which; ++i, std::swap(from, to)) Pass(*from, *to, "payload");
      message = *from->Write("payload");
      if (at == message.size()) break;
      Pair other = pair;
      EXPECT_FALSE(which > 0 && to->Read(message.substr(0, at)).ok()) << which << " " << at;
      message[at] = static_cast<char>(message[at] ^ 1);
      NoiseXx& again = to == &pair.listener ? other.listener : other.dialer;
      const absl::Status status = again.Read(message).status();
      // The first is open text: whoever changes it fails at the second.
      EXPECT_TRUE(which == 0 || absl::IsDataLoss(status)) << which << " " << at << status;
    }
  }
}

TEST(NoiseXxTest, RefusesKeysThatMakeTheSecretZero) {
  Pair pair;
  ASSERT_TRUE(pair.listener.Read(std::string(32, '\0')).ok());
  EXPECT_TRUE(absl::IsDataLoss(pair.listener.Write("").status()));
}

TEST(NoiseXxTest, KeepsTheTurns) {
  Pair pair;
  EXPECT_TRUE(absl::IsFailedPrecondition(pair.listener.Write("").status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(pair.dialer.Read("").status()));
  for (int i = 0; i < 3; ++i) {
    Pass(i % 2 == 0 ? pair.dialer : pair.listener, i % 2 == 0 ? pair.listener : pair.dialer, "");
  }
  EXPECT_TRUE(absl::IsFailedPrecondition(pair.listener.Write("").status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(pair.listener.Read("").status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(pair.dialer.Write("").status()));
}

TEST(CipherStateTest, DoesNotUseTheLastNonce) {
  CipherState last(Secret<32>(), UINT64_MAX - 1);
  std::string sealed;
  EXPECT_TRUE(last.Seal("", "text", sealed).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(last.Seal("", "text", sealed)));
  EXPECT_TRUE(absl::IsResourceExhausted(last.Open("", sealed, sealed)));
}

}  // namespace
}  // namespace rehearse::net
