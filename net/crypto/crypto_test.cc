// The primitives against the vectors of their specifications.

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/escaping.h"
#include "rehearse/net/crypto/chacha_poly.h"
#include "rehearse/net/crypto/ecdsa.h"
#include "rehearse/net/crypto/ed25519.h"
#include "rehearse/net/crypto/host_entropy.h"
#include "rehearse/net/crypto/sha256.h"
#include "rehearse/net/crypto/testing/seeded_entropy.h"
#include "rehearse/net/crypto/x25519.h"

namespace rehearse::net {
namespace {

std::string Bytes(absl::string_view hex) { return absl::HexStringToBytes(hex); }

template <size_t N>
FixedBytes<N> Fixed(absl::string_view hex) {
  return *FixedFrom<N>(Bytes(hex));
}

std::string Hex(absl::string_view bytes) { return absl::BytesToHexString(bytes); }

TEST(Ed25519Test, SignsAsRfc8032Does) {
  const Ed25519KeyPair pair(
      Secret<32>(Fixed<32>("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")));
  EXPECT_EQ(Hex(ViewOf(pair.public_key())),
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  const Ed25519Signature signature = pair.Sign(Bytes("72"));
  EXPECT_EQ(Hex(ViewOf(signature)),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
  EXPECT_TRUE(VerifyEd25519(pair.public_key(), Bytes("72"), ViewOf(signature)));
}

TEST(Ed25519Test, RefusesAnotherMessageAndEachOtherLength) {
  SeededEntropy entropy(1);
  const Ed25519KeyPair pair(DrawSecret<32>(entropy));
  const Ed25519Signature signature = pair.Sign("message");
  const absl::string_view view = ViewOf(signature);
  EXPECT_FALSE(VerifyEd25519(pair.public_key(), "massage", view));
  for (size_t length = 0; length < view.size(); ++length) {
    EXPECT_FALSE(VerifyEd25519(pair.public_key(), "message", view.substr(0, length)));
  }
  EXPECT_FALSE(VerifyEd25519(pair.public_key(), "message", std::string(view) + "x"));
}

TEST(X25519Test, AgreesAsRfc7748Does) {
  const X25519KeyPair alice(
      Secret<32>(Fixed<32>("77076d0a7318a57d3c16c17251b26645df4c4ebcd1a0e4d4a0d1c5e3ee2c3a2a")));
  // The basepoint is in the specification of Curve25519 itself: this pair's public key follows.
  const X25519KeyPair bob(
      Secret<32>(Fixed<32>("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")));
  EXPECT_EQ(Hex(ViewOf(bob.public_key())),
            "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
  EXPECT_EQ(alice.Agree(bob.public_key())->view(), bob.Agree(alice.public_key())->view());
}

TEST(X25519Test, RefusesKeysThatMakeTheSecretZero) {
  SeededEntropy entropy(1);
  const X25519KeyPair pair(DrawSecret<32>(entropy));
  EXPECT_FALSE(pair.Agree(X25519Public{}).has_value());
  EXPECT_FALSE(pair.Agree(X25519Public{1}).has_value());
}

TEST(Sha256Test, HashesAsFips180Does) {
  constexpr absl::string_view kAbc =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  EXPECT_EQ(Hex(ViewOf(Sha256("abc"))), kAbc);
  EXPECT_EQ(Hex(ViewOf(Sha256("a", "bc"))), kAbc);
}

TEST(Sha256Test, MacsAsRfc4231Does) {
  EXPECT_EQ(Hex(HmacSha256("Jefe", "what do ya want for nothing?").view()),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

// RFC 5869, the third case of which has no salt and no info; its first 32 bytes.
TEST(Sha256Test, DerivesAsRfc5869Does) {
  const auto [first, second] = TwoKeysByHkdf("", std::string(22, '\x0b'));
  EXPECT_EQ(Hex(first.view()), "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
  EXPECT_EQ(Hex(second.view()).substr(0, 20), "9d201395faa4b61a96c8");
}

TEST(ChaChaPolyTest, OpensWhatItSealedAndNothingElse) {
  SeededEntropy entropy(1);
  const Secret<32> key = DrawSecret<32>(entropy);
  std::string sealed = "before";
  Seal(key, 7, "associated", "text", sealed);
  ASSERT_EQ(sealed.size(), 6 + 4 + kSealBytes);
  const std::string wire = sealed.substr(6);
  std::string out = "<";
  EXPECT_TRUE(Open(key, 7, "associated", wire, out));
  EXPECT_EQ(out, "<text");
  EXPECT_FALSE(Open(key, 8, "associated", wire, out));
  EXPECT_FALSE(Open(key, 7, "else", wire, out));
  EXPECT_FALSE(Open(DrawSecret<32>(entropy), 7, "associated", wire, out));
  for (size_t at = 0; at < wire.size(); ++at) {
    std::string changed = wire;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(Open(key, 7, "associated", changed, out)) << at;
    EXPECT_FALSE(Open(key, 7, "associated", wire.substr(0, at), out)) << at;
  }
  EXPECT_EQ(out, "<text");
}

TEST(EcdsaTest, SaysWhatIsWrongWithAKey) {
  EXPECT_EQ(VerifyEcdsaP256("", "message", "signature").code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(VerifyEcdsaP256("no key", "message", "").code(), absl::StatusCode::kDataLoss);
}

TEST(EntropyTest, OfTheHostIsNotTheSameTwice) {
  HostEntropy entropy;
  EXPECT_NE(DrawSecret<32>(entropy).view(), DrawSecret<32>(entropy).view());
}

TEST(EntropyTest, OfASeedIs) {
  SeededEntropy first(5), second(5), third(6);
  const Secret<32> drawn = DrawSecret<32>(first);
  EXPECT_EQ(drawn.view(), DrawSecret<32>(second).view());
  EXPECT_NE(drawn.view(), DrawSecret<32>(third).view());
}

}  // namespace
}  // namespace rehearse::net
