#include "rehearse/net/kademlia/node_key.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "absl/strings/escaping.h"
#include "rehearse/net/crypto/bytes.h"
#include "rehearse/net/crypto/sha256.h"
#include "rehearse/net/kademlia/address_group.h"

namespace rehearse::net {
namespace {

const char kA[] = "12D3KooWM6CgA9iBFZmcYAHA6A2qvbAxqfkmrYiRQuz3XEsk4Ksv";
const char kB[] = "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA";

TEST(NodeKeyTest, IsTheHashOfAPeersId) {
  EXPECT_EQ(NodeKey::Of(*PeerId::Parse(kA)).ToHex(),
            "65ef865a28d6d5eba2a95cea018d14eb2935e6ff4e95ab1fd7406d8a84c38d09");
  EXPECT_EQ(NodeKey::Of(*PeerId::Parse(kB)).ToHex(),
            "a9fb3b592b9e6cee5658eaf7de67433434163a081d97cc77e303b300c816251e");
}

TEST(NodeKeyTest, IsTheHashOfARecordsKey) {
  const std::string multihash = "\x12\x20" + std::string(ViewOf(Sha256("greeter")));
  EXPECT_EQ(NodeKey::Of(multihash).ToHex(),
            "3bfac2d5fdb5c76c8b59d59319c2acaff26466e161a752b41622f4cebf089ecc");
}

TEST(NodeKeyTest, CountsTheBitsThatTwoShare) {
  const NodeKey a = NodeKey::Of(*PeerId::Parse(kA));
  const NodeKey b = NodeKey::Of(*PeerId::Parse(kB));
  EXPECT_EQ(a.DistanceTo(b).words()[0], 0xcc14bd030348b905u);
  EXPECT_EQ(a.SharedBitsWith(b), 0);
  EXPECT_EQ(a.SharedBitsWith(a), XorDistance::kBits);
  EXPECT_EQ(XorDistance({0, 1, 0, 0}).shared_bits(), 127);
}

TEST(NodeKeyTest, DrawsSomethingInABucket) {
  const NodeKey own = NodeKey::Of("own");
  Random random(1);
  for (int bits = 0; bits < 8; ++bits) {
    const std::string looked_up = DrawLookedUpInBucket(own, bits, 100000, random);
    EXPECT_EQ(NodeKey::Of(looked_up).SharedBitsWith(own), bits);
  }
  EXPECT_EQ(DrawLookedUpInBucket(own, 200, 10, random), "");
}

RC_GTEST_PROP(NodeKeyProperty, DistanceIsAMetric,
              (const std::string& x, const std::string& y, const std::string& z)) {
  const NodeKey a = NodeKey::Of(x);
  const NodeKey b = NodeKey::Of(y);
  const NodeKey c = NodeKey::Of(z);
  RC_ASSERT(a.DistanceTo(b) == b.DistanceTo(a));
  RC_ASSERT((a.DistanceTo(b) == XorDistance()) == (a == b));
  // Of the triangle: what a and b share before they differ, with c they share no less of than the
  // worse of the two does.
  RC_ASSERT(a.SharedBitsWith(c) >= std::min(a.SharedBitsWith(b), b.SharedBitsWith(c)));
}

std::string Group(absl::string_view hex) {
  return absl::BytesToHexString(AddressGroupOf(absl::HexStringToBytes(hex)));
}

TEST(AddressGroupTest, IsThePrefixThatAnOwnerHas) {
  EXPECT_EQ(Group("0408080808060fa1"), "04080808");
  EXPECT_EQ(Group("2920010db8000000000000000000000001910201bbcd03"), "2920010db80000");
}

TEST(AddressGroupTest, LeavesLocalAddressesAndNamesAlone) {
  EXPECT_EQ(Group("047f000001060fa1"), "");
  EXPECT_EQ(Group("040a000001060fa1"), "");
  EXPECT_EQ(Group("04ac100001060fa1"), "");
  EXPECT_EQ(Group("04c0a80101060fa1"), "");
  EXPECT_EQ(Group("2900000000000000000000000000000001060050"), "");
  EXPECT_EQ(Group("29fe80000000000000000000000000000106005"), "");
  EXPECT_EQ(Group("35096c6f63616c686f7374060001"), "");
  EXPECT_EQ(Group("0408"), "");
  EXPECT_EQ(Group(""), "");
}

TEST(AddressGroupTest, BordersOfTheLocalRanges) {
  EXPECT_EQ(Group("04ac0f0001060fa1"), "04ac0f00");
  EXPECT_EQ(Group("04ac1f0001060fa1"), "");
  EXPECT_EQ(Group("04ac200001060fa1"), "04ac2000");
}

}  // namespace
}  // namespace rehearse::net
