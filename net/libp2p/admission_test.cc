#include "rehearse/net/libp2p/admission.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rehearse/net/crypto/testing/seeded_entropy.h"
#include "rehearse/net/identity/identity.h"

namespace rehearse::net {
namespace {

std::shared_ptr<Admission> With(AdmissionOptions options) {
  return std::make_shared<Admission>(std::move(options));
}

std::shared_ptr<const std::set<PeerId>> Listed(std::set<PeerId> peers) {
  return std::make_shared<const std::set<PeerId>>(std::move(peers));
}

SocketAddress Host(int number) { return {absl::StrCat("10.0.0.", number), 1000}; }

Instant After(absl::Duration length) { return Instant() + length; }

TEST(AdmissionTest, APlaceIsHeldUntilItIsDropped) {
  const auto admission = With({.connections_max = 2});
  const auto first = admission->TryEnter(Host(1), Instant());
  auto second = admission->TryEnter(Host(2), Instant());
  ASSERT_TRUE(first.ok() && second.ok());
  const absl::Status full = admission->TryEnter(Host(3), Instant()).status();
  EXPECT_TRUE(absl::IsResourceExhausted(full)) << full;
  EXPECT_TRUE(absl::StrContains(full.message(), "2 incoming connections")) << full;
  second->reset();
  EXPECT_TRUE(admission->TryEnter(Host(3), Instant()).ok());
}

TEST(AdmissionTest, OneAddressDoesNotKeepOthersOut) {
  const auto admission = With({.connections_of_address_max = 2});
  std::vector<Admission::Place> places;
  for (uint16_t port = 1; port <= 2; ++port) {
    places.push_back(*admission->TryEnter({"10.0.0.1", port}, Instant()));
  }
  const absl::Status full = admission->TryEnter({"10.0.0.1", 3}, Instant()).status();
  EXPECT_TRUE(absl::IsResourceExhausted(full)) << full;
  EXPECT_TRUE(absl::StrContains(full.message(), "of its address")) << full;
  EXPECT_TRUE(admission->TryEnter(Host(2), Instant()).ok());
  places.clear();
  EXPECT_TRUE(admission->TryEnter({"10.0.0.1", 3}, Instant()).ok());
}

TEST(AdmissionTest, AHostOfIpv6IsItsSubnet) {
  const auto admission = With({.connections_of_address_max = 1});
  const auto place = admission->TryEnter({"2001:db8:1:2::3", 1}, Instant());
  ASSERT_TRUE(place.ok());
  EXPECT_FALSE(admission->TryEnter({"2001:db8:1:2:ffff::4", 1}, Instant()).ok());
  EXPECT_TRUE(admission->TryEnter({"2001:db8:1:3::3", 1}, Instant()).ok());
}

TEST(AdmissionTest, HandshakesOfASecondAreCountedEvenIfTheirPlacesAreFree) {
  const auto admission = With({.handshakes_per_second_max = 3});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(admission->TryEnter(Host(i), Instant()).ok());
  const absl::Status fast = admission->TryEnter(Host(4), After(absl::Milliseconds(999))).status();
  EXPECT_TRUE(absl::IsUnavailable(fast)) << fast;
  EXPECT_TRUE(admission->TryEnter(Host(4), After(absl::Seconds(1))).ok());
}

TEST(AdmissionTest, AnAddressHasAShareOfThem) {
  const auto admission = With({.handshakes_of_address_per_second_max = 2});
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(admission->TryEnter(Host(1), Instant()).ok());
  const absl::Status fast = admission->TryEnter(Host(1), Instant()).status();
  EXPECT_TRUE(absl::IsUnavailable(fast)) << fast;
  EXPECT_TRUE(admission->TryEnter(Host(2), Instant()).ok());
  EXPECT_TRUE(admission->TryEnter(Host(1), After(absl::Seconds(1))).ok());
}

TEST(AdmissionTest, WithoutAListAnybodyMayStay) {
  SeededEntropy entropy(1);
  const Identity friendly = Identity::Generate(entropy);
  const Identity other = Identity::Generate(entropy);
  EXPECT_TRUE(With({})->CheckPeer(other.peer_id()).ok());
  const auto listed = With({.allowed = Listed({friendly.peer_id()})});
  EXPECT_TRUE(listed->CheckPeer(friendly.peer_id()).ok());
  const absl::Status refused = listed->CheckPeer(other.peer_id());
  EXPECT_TRUE(absl::IsPermissionDenied(refused)) << refused;
  EXPECT_TRUE(absl::StrContains(refused.message(), other.peer_id().ToString())) << refused;
  EXPECT_FALSE(With({.allowed = Listed({})})->CheckPeer(friendly.peer_id()).ok());
}

}  // namespace
}  // namespace rehearse::net
