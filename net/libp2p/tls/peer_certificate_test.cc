// Certificates of the libp2p specification, and of our own making.

#include "rehearse/net/libp2p/tls/peer_certificate.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "rehearse/net/crypto/testing/seeded_entropy.h"
#include "rehearse/net/libp2p/tls/certificate_extension.h"
#include "rehearse/net/libp2p/tls/der.h"
#include "rehearse/net/libp2p/tls/tls_keys.h"

namespace rehearse::net {
namespace {

constexpr absl::string_view kEd25519Hex =
    "308201ae30820156a0030201020204499602d2300a06082a8648ce3d040302302031123010060355040a13096c69"
    "627032702e696f310a300806035504051301313020170d3735303130313133303030305a180f3430393630313031"
    "3133303030305a302031123010060355040a13096c69627032702e696f310a300806035504051301313059301306"
    "072a8648ce3d020106082a8648ce3d030107034200040c901d423c831ca85e27c73c263ba132721bb9d7a84c4f03"
    "80b2a6756fd601331c8870234dec878504c174144fa4b14b66a651691606d8173e55bd37e381569ea37c307a3078"
    "060a2b0601040183a25a0101046a3068042408011220a77f1d92fedb59dddaea5a1c4abd1ac2fbde7d7b879ed364"
    "501809923d7c11b90440d90d2769db992d5e6195dbb08e706b6651e024fda6cfb8846694a435519941cac215a820"
    "7792e42849cccc6cd8136c6e4bde92a58c5e08cfd4206eb5fe0bf909300a06082a8648ce3d040302034600304302"
    "1f50f6b6c52711a881778718238f650c9fb48943ae6ee6d28427dc6071ae55e702203625f116a7a454db9c56986c"
    "82a25682f7248ea1cb764d322ea983ed36a31b77";

constexpr absl::string_view kEcdsaHex =
    "308201f63082019da0030201020204499602d2300a06082a8648ce3d040302302031123010060355040a13096c69"
    "627032702e696f310a300806035504051301313020170d3735303130313133303030305a180f3430393630313031"
    "3133303030305a302031123010060355040a13096c69627032702e696f310a300806035504051301313059301306"
    "072a8648ce3d020106082a8648ce3d030107034200040c901d423c831ca85e27c73c263ba132721bb9d7a84c4f03"
    "80b2a6756fd601331c8870234dec878504c174144fa4b14b66a651691606d8173e55bd37e381569ea381c23081bf"
    "3081bc060a2b0601040183a25a01010481ad3081aa045f0803125b3059301306072a8648ce3d020106082a8648ce"
    "3d03010703420004bf30511f909414ebdd3242178fd290f093a551cf75c973155de0bb5a96fedf6cb5d52da7563e"
    "794b512f66e60c7f55ba8a3acf3dd72a801980d205e8a1ad29f2044730450220064ea8124774caf8f50e57f436aa"
    "62350ce652418c019df5d98a3ac666c9386a022100aa59d704a931b5f72fb9222cb6cc51f954d04a4e2e5450f880"
    "5fe8918f71eaae300a06082a8648ce3d04030203470030440220799395b0b6c1e940a7e4484705f610ab51ed376f"
    "19ff9d7c16757cfbf61b8d4302206205c03fbb0f95205c779be86581d3e31c01871ad5d1f3435bcf375cb0e5088a";

constexpr absl::string_view kSecp256k1Hex =
    "308201ba3082015fa0030201020204499602d2300a06082a8648ce3d040302302031123010060355040a13096c69"
    "627032702e696f310a300806035504051301313020170d3735303130313133303030305a180f3430393630313031"
    "3133303030305a302031123010060355040a13096c69627032702e696f310a300806035504051301313059301306"
    "072a8648ce3d020106082a8648ce3d030107034200040c901d423c831ca85e27c73c263ba132721bb9d7a84c4f03"
    "80b2a6756fd601331c8870234dec878504c174144fa4b14b66a651691606d8173e55bd37e381569ea38184308181"
    "307f060a2b0601040183a25a01010471306f0425080212210206dc6968726765b820f050263ececf7f71e4955892"
    "776c0970542efd689d2382044630440220145e15a991961f0d08cd15425bb95ec93f6ffa03c5a385eedc34ecf464"
    "c7a8ab022026b3109b8a3f40ef833169777eb2aa337cfb6282f188de0666d1bcec2a4690dd300a06082a8648ce3d"
    "0403020349003046022100e1a217eeef9ec9204b3f774a08b70849646b6a1e6b8b27f93dc00ed58545d9fe022100"
    "b00dafa549d0f03547878338c7b15e7502888f6d45db387e5ae6b5d46899cef0";

constexpr absl::string_view kWrongSignatureHex =
    "308201f73082019da0030201020204499602d2300a06082a8648ce3d040302302031123010060355040a13096c69"
    "627032702e696f310a300806035504051301313020170d3735303130313133303030305a180f3430393630313031"
    "3133303030305a302031123010060355040a13096c69627032702e696f310a300806035504051301313059301306"
    "072a8648ce3d020106082a8648ce3d030107034200040c901d423c831ca85e27c73c263ba132721bb9d7a84c4f03"
    "80b2a6756fd601331c8870234dec878504c174144fa4b14b66a651691606d8173e55bd37e381569ea381c23081bf"
    "3081bc060a2b0601040183a25a01010481ad3081aa045f0803125b3059301306072a8648ce3d020106082a8648ce"
    "3d03010703420004bf30511f909414ebdd3242178fd290f093a551cf75c973155de0bb5a96fedf6cb5d52da7563e"
    "794b512f66e60c7f55ba8a3acf3dd72a801980d205e8a1ad29f204473045022100bb6e03577b7cc7a3cd1558df0d"
    "a2b117dfdcc0399bc2504ebe7de6f65cade72802206de96e2a5be9b6202adba24ee0362e490641ac45c240db71fe"
    "955f2c5cf8df6e300a06082a8648ce3d0403020348003045022100e847f267f43717358f850355bdcabbefb2cfbf"
    "8a3c043b203a14788a092fe8db022027c1d04a2d41fd6b57a7e8b3989e470325de4406e52e084e34a3fd56eef0d0"
    "df";

constexpr absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

std::string Bytes(absl::string_view hex) { return absl::HexStringToBytes(hex); }

absl::Status StatusOf(absl::string_view der) { return VerifyPeerCertificate(der, kNow).status(); }

TEST(PeerCertificateTest, WithAnEd25519KeyIsTaken) {
  const absl::StatusOr<PublicKey> key = VerifyPeerCertificate(Bytes(kEd25519Hex), kNow);
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->peer_id().ToString(), "12D3KooWM6CgA9iBFZmcYAHA6A2qvbAxqfkmrYiRQuz3XEsk4Ksv");
}

TEST(PeerCertificateTest, WithAnEcdsaKeyIsTaken) {
  const absl::StatusOr<PublicKey> key = VerifyPeerCertificate(Bytes(kEcdsaHex), kNow);
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->peer_id().ToString(), "QmfXbAwNjJLXfesgztEHe8HwgVDCMMpZ9Eax1HYq6hn9uE");
}

TEST(PeerCertificateTest, WithAKeyThatCannotBeCheckedIsRefused) {
  const absl::Status status = StatusOf(Bytes(kSecp256k1Hex));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "secp256k1")) << status;
}

TEST(PeerCertificateTest, WithAnothersSignatureIsRefused) {
  EXPECT_TRUE(absl::IsPermissionDenied(StatusOf(Bytes(kWrongSignatureHex))));
}

TEST(PeerCertificateTest, ThatIsNotSignedByItselfIsRefused) {
  std::string changed = Bytes(kEd25519Hex);
  changed.back() ^= 1;
  const absl::Status status = StatusOf(changed);
  EXPECT_TRUE(absl::IsPermissionDenied(status)) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "its own key")) << status;
}

TEST(PeerCertificateTest, IsRefusedWhereverItIsCutOrChanged) {
  const std::string good = Bytes(kEd25519Hex);
  for (size_t at = 0; at < good.size(); ++at) {
    EXPECT_FALSE(StatusOf(good.substr(0, at)).ok()) << at;
    std::string changed = good;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(StatusOf(changed).ok()) << at;
  }
  EXPECT_TRUE(absl::IsDataLoss(StatusOf(good + "x")));
}

TEST(PeerCertificateTest, OfOurOwnIsValidFromAnHourBefore) {
  SeededEntropy entropy(1);
  const Identity identity = Identity::Generate(entropy);
  const auto keys = TlsKeys::Make(identity, entropy, kNow);
  ASSERT_TRUE(keys.ok()) << keys.status();
  const std::string& der = (*keys)->certificate();
  const absl::StatusOr<PublicKey> key = VerifyPeerCertificate(der, kNow);
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(*key, identity.public_key());
  EXPECT_TRUE(VerifyPeerCertificate(der, kNow - absl::Hours(1)).ok());
  EXPECT_TRUE(VerifyPeerCertificate(der, kNow + absl::Hours(24 * 365 * 90)).ok());
  const absl::Status early = VerifyPeerCertificate(der, kNow - absl::Hours(2)).status();
  EXPECT_TRUE(absl::IsPermissionDenied(early)) << early;
  EXPECT_TRUE(absl::StrContains(early.message(), "valid from")) << early;
  EXPECT_FALSE(VerifyPeerCertificate(der, kNow + absl::Hours(24 * 365 * 101)).ok());
}

TEST(PeerCertificateTest, OfOurOwnIsSmall) {
  SeededEntropy entropy(1);
  const Identity identity = Identity::Generate(entropy);
  EXPECT_LT((*TlsKeys::Make(identity, entropy, kNow))->certificate().size(), 500u);
}

TEST(CertificateExtensionTest, BindsOneIdentityToOneKey) {
  SeededEntropy entropy(1);
  const Identity identity = Identity::Generate(entropy);
  const std::string extension = MakeExtension(identity, "key");
  EXPECT_EQ(*VerifyExtension(extension, "key"), identity.public_key());
  EXPECT_TRUE(absl::IsPermissionDenied(VerifyExtension(extension, "kez").status()));
  EXPECT_TRUE(absl::IsDataLoss(VerifyExtension(extension + "x", "key").status()));
  for (size_t at = 0; at < extension.size(); ++at) {
    EXPECT_FALSE(VerifyExtension(extension.substr(0, at), "key").ok()) << at;
  }
}

TEST(DerTest, HasOneForm) {
  for (const absl::string_view hex : {"", "04", "048100", "04817f", "0480", "0482007f", "04820080",
                                      "0484000000ff", "1f8100", "04ff"}) {
    const std::string bytes = Bytes(hex) + std::string(hex.size() > 5 ? 200 : 0, 'x');
    absl::string_view rest = bytes;
    EXPECT_TRUE(absl::IsDataLoss(TakeDer(rest).status())) << hex;
    EXPECT_EQ(rest.size(), bytes.size());
  }
  absl::string_view cut("\x04\x02\xff");
  EXPECT_TRUE(absl::IsDataLoss(TakeDer(cut).status()));
}

RC_GTEST_PROP(DerProperty, IsReadAsItWasWritten, (const std::string& piece)) {
  std::string content;
  const auto times = *rc::gen::element(1, 3, 300, 70000);
  for (int i = 0; i < times; ++i) content += piece.substr(0, 2);
  std::string bytes;
  AppendDer(kDerOctetString, content, bytes);
  const std::string behind = bytes + "behind";
  absl::string_view rest = behind;
  const auto element = TakeDer(kDerOctetString, rest);
  RC_ASSERT(element.ok());
  RC_ASSERT(element->content == content && element->whole == bytes && rest == "behind");
}

RC_GTEST_PROP(PeerCertificateProperty, HostileBytesAreRefused, (const std::string& noise)) {
  std::string der = Bytes(kEcdsaHex);
  const auto at = *rc::gen::inRange<size_t>(0, der.size());
  der.replace(at, *rc::gen::inRange<size_t>(0, 20), noise);
  const bool same = der == Bytes(kEcdsaHex);
  RC_ASSERT(same == StatusOf(der).ok());
  RC_ASSERT(!StatusOf(noise).ok());
}

}  // namespace
}  // namespace rehearse::net
