#include "rehearse/net/identity/identity.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rehearse/net/crypto/testing/seeded_entropy.h"

namespace rehearse::net {
namespace {

// Of the libp2p specifications.
constexpr absl::string_view kPrivateHex =
    "080112407e0830617c4a7de83925dfb2694556b12936c477a0e1feb2e148ec9da60fee7d"
    "1ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e";
constexpr absl::string_view kPublicHex =
    "080112201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e";
constexpr absl::string_view kPeerText = "12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq";
constexpr absl::string_view kPeerCid =
    "bafzaajaiaejcahwr5d5ofrfbis4l5d6uwr57hu5tjodrypfm6yaq6dsc2r2pzyt6";
constexpr absl::string_view kEcdsaHex =
    "0803125b3059301306072a8648ce3d020106082a8648ce3d03010703420004de3d300fa36ae0e8f5d530899d83abab"
    "44abf3161f162a4bc901d8e6ecda020e8b6d5f8da30525e71d6851510c098e5c47c646a597fb4dcec034e9f77c409e"
    "62";
constexpr absl::string_view kSecp256k1Hex =
    "08021221037777e994e452c21604f91de093ce415f5432f701dd8cd1a7a6fea0e630bfca99";

std::string Bytes(absl::string_view hex) { return absl::HexStringToBytes(hex); }
std::string Hex(absl::string_view bytes) { return absl::BytesToHexString(bytes); }

TEST(IdentityTest, IsReadFromThePrivateKeyOfTheSpecification) {
  const absl::StatusOr<Identity> identity = Identity::DecodePrivateKey(Bytes(kPrivateHex));
  ASSERT_TRUE(identity.ok()) << identity.status();
  EXPECT_EQ(Hex(identity->public_key().Encode()), kPublicHex);
  EXPECT_EQ(Hex(identity->EncodePrivateKey()), kPrivateHex);
  EXPECT_EQ(identity->peer_id().ToString(), kPeerText);
  EXPECT_EQ(identity->peer_id().ToCid(), kPeerCid);
}

TEST(IdentityTest, IsReadFromTheOlderFormIfBothCopiesAgree) {
  const std::string pair = Bytes(kPrivateHex).substr(4);
  const std::string public_half = pair.substr(32);
  std::string older = std::string("\x08\x01\x12\x60", 4) + pair + public_half;
  ASSERT_TRUE(Identity::DecodePrivateKey(older).ok());
  older.back() ^= 1;
  EXPECT_TRUE(absl::IsDataLoss(Identity::DecodePrivateKey(older).status()));
}

TEST(IdentityTest, RefusesEveryCutAndEveryChangeOfThePublicHalf) {
  const std::string bytes = Bytes(kPrivateHex);
  for (size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(Identity::DecodePrivateKey(bytes.substr(0, length)).ok()) << length;
  }
  for (size_t at = 4; at < bytes.size(); ++at) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 0x40);
    EXPECT_FALSE(Identity::DecodePrivateKey(changed).ok()) << at;
  }
  EXPECT_FALSE(Identity::DecodePrivateKey(bytes + "x").ok());
}

TEST(IdentityTest, SignsWhatItsPublicKeyVerifies) {
  SeededEntropy entropy(1);
  const Identity identity = Identity::Generate(entropy);
  const std::string signature = identity.Sign("message");
  EXPECT_TRUE(identity.public_key().Verify("message", signature).ok());
  EXPECT_TRUE(absl::IsDataLoss(identity.public_key().Verify("massage", signature)));
  EXPECT_TRUE(absl::IsDataLoss(identity.public_key().Verify("message", "")));
  EXPECT_TRUE(
      absl::IsDataLoss(Identity::Generate(entropy).public_key().Verify("message", signature)));
}

TEST(IdentityTest, FollowsFromTheEntropy) {
  SeededEntropy first(1), second(1), third(2);
  const PeerId id = Identity::Generate(first).peer_id();
  EXPECT_EQ(id, Identity::Generate(second).peer_id());
  EXPECT_NE(id, Identity::Generate(third).peer_id());
}

TEST(PublicKeyTest, OfEachTypeOfTheSpecificationIsReadAndWritten) {
  for (const absl::string_view hex : {kPublicHex, kEcdsaHex, kSecp256k1Hex}) {
    const absl::StatusOr<PublicKey> key = PublicKey::Decode(Bytes(hex));
    ASSERT_TRUE(key.ok()) << key.status();
    EXPECT_EQ(Hex(key->Encode()), hex);
  }
}

TEST(PublicKeyTest, HasOneFormOnly) {
  const std::string data = Bytes(kPublicHex).substr(2);  // field 2
  for (const std::string& other : {
           data + Bytes("0801"),         // the other order
           Bytes("08811a00") + data,     // a padded type
           Bytes("0801") + data + data,  // twice
           Bytes("0801") + data + "x",   // bytes behind
           Bytes("08011a00") + data,     // an unknown field
           Bytes("0801"),
           data,
           std::string(),
           Bytes("0804") + data,  // an unknown type
           Bytes("0800"),         // no data
           Bytes("08001200"),     // empty data
           Bytes("0801121f") + data.substr(3),
           Bytes("08021220") + data.substr(2),
       }) {
    EXPECT_TRUE(absl::IsDataLoss(PublicKey::Decode(other).status())) << Hex(other);
  }
}

TEST(PublicKeyTest, SaysWhichSignaturesItCannotCheck) {
  const absl::StatusOr<PublicKey> key = PublicKey::Decode(Bytes(kSecp256k1Hex));
  ASSERT_TRUE(key.ok());
  const absl::Status status = key->Verify("message", "signature");
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
  EXPECT_TRUE(absl::StrContains(status.message(), "secp256k1")) << status;
}

TEST(PeerIdTest, IsReadFromBothTexts) {
  const absl::StatusOr<PeerId> id = PeerId::Parse(kPeerText);
  ASSERT_TRUE(id.ok()) << id.status();
  EXPECT_EQ(Hex(id->bytes()), absl::StrCat("0024", kPublicHex));
  EXPECT_EQ(*PeerId::Parse(kPeerCid), *id);
  EXPECT_EQ(*PeerId::FromBytes(id->bytes()), *id);
  EXPECT_EQ(Hex(PublicKey::FromPeerId(*id)->Encode()), kPublicHex);
}

TEST(PeerIdTest, OfALongKeyIsItsHash) {
  const PeerId id = PublicKey::Decode(Bytes(kEcdsaHex))->peer_id();
  EXPECT_EQ(Hex(id.bytes()).substr(0, 4), "1220");
  EXPECT_TRUE(absl::IsNotFound(PublicKey::FromPeerId(id).status()));
}

TEST(PeerIdTest, WithAHashIsReadFromBothTexts) {
  const absl::StatusOr<PeerId> id = PeerId::Parse("QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N");
  ASSERT_TRUE(id.ok()) << id.status();
  EXPECT_EQ(Hex(id->bytes()),
            "12209dff3b17d74cf4d38a50d8b6383e92d181a10395a5e73a726dcccbd21bf6f0b9");
  EXPECT_EQ(id->ToCid(), "bafzbeie5745rpv2m6tjyuugywy4d5ewrqgqqhfnf445he3omzpjbx5xqxe");
  EXPECT_EQ(*PeerId::Parse(id->ToCid()), *id);
}

TEST(PeerIdTest, RefusesOtherBytes) {
  for (const absl::string_view hex :
       {"", "00", "0000", "1220", "12200011", "8000", "0025080112", "002408011220", "122100",
        "1114da39a3ee5e6b4b0d3255bfef95601890afd80709"}) {
    EXPECT_TRUE(absl::IsDataLoss(PeerId::FromBytes(Bytes(hex)).status())) << hex;
  }
  const std::string good = Bytes(absl::StrCat("0024", kPublicHex));
  EXPECT_TRUE(absl::IsDataLoss(PeerId::FromBytes(good + "x").status()));
  EXPECT_TRUE(PeerId::FromBytes(Bytes("002a") + std::string(42, 'x')).ok());
  EXPECT_TRUE(absl::IsDataLoss(PeerId::FromBytes(Bytes("002b") + std::string(43, 'x')).status()));
}

TEST(PeerIdTest, RefusesOtherTexts) {
  for (const absl::string_view text :
       {"", "1", "Qm", "b", "z12D3", "12D3KooW",
        "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
        "BAFZAAJAIAEJCAHWR5D5OFRFBIS4L5D6UWR57HU5TJODRYPFM6YAQ6DSC2R2PZYT6",
        "12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3p0"}) {
    const absl::Status status = PeerId::Parse(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
  }
  EXPECT_LT(PeerId::Parse(std::string(100000, '1')).status().message().size(), 300);
}

}  // namespace
}  // namespace rehearse::net
