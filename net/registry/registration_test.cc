#include "rehearse/net/registry/registration.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "rehearse/net/crypto/testing/seeded_entropy.h"
#include "rehearse/net/identity/signed_envelope.h"
#include "rehearse/net/registry/testing/made_registration.h"

namespace rehearse::net {
namespace {

SignedRegistration Opened(const Registration& registration, const Identity& owner) {
  return *SignedRegistration::Open(registration.Sign(owner));
}

class RegistrationTest : public testing::Test {
 public:
  absl::Status Status(const Registration& registration) {
    return SignedRegistration::Open(registration.Sign(owner_)).status();
  }

  const absl::Time now_ = absl::FromUnixSeconds(1'000'000'000);
  Identity owner_ = MadeIdentity(1);
  Identity other_ = MadeIdentity(2);
};

TEST_F(RegistrationTest, ReadsWhatItsOwnerSigned) {
  const Registration registration = MadeRegistration("counter", now_ + absl::Minutes(2));
  const auto opened = SignedRegistration::Open(registration.Sign(owner_));
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->peer, owner_.peer_id());
  EXPECT_EQ(opened->registration, registration);
}

TEST_F(RegistrationTest, EachCutAndAOneByteRecordAreRefused) {
  const std::string bytes = MadeRegistration("counter", now_).Sign(owner_);
  for (size_t length = 0; length < bytes.size(); ++length) {
    const auto opened = SignedRegistration::Open(absl::string_view(bytes).substr(0, length));
    EXPECT_TRUE(absl::IsInvalidArgument(opened.status())) << length;
  }
  for (int byte = 0; byte < 256; ++byte) {
    const auto opened = SignedRegistration::Open(std::string(1, static_cast<char>(byte)));
    EXPECT_TRUE(absl::IsInvalidArgument(opened.status())) << byte;
  }
}

TEST_F(RegistrationTest, AForgedRecordIsRefusedWhicheverByteWasChanged) {
  const std::string bytes = MadeRegistration("counter", now_).Sign(owner_);
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (const int bit : {1, 128}) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ bit);
      EXPECT_TRUE(absl::IsInvalidArgument(SignedRegistration::Open(changed).status())) << i;
    }
  }
  EXPECT_TRUE(absl::IsInvalidArgument(SignedRegistration::Open(bytes + bytes).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(SignedRegistration::Open(bytes + '\0').status()));
}

TEST_F(RegistrationTest, BoundsAreOnBothSides) {
  const Registration good = MadeRegistration("counter", now_);
  const auto with = [&good](auto change) {
    Registration changed = good;
    change(changed);
    return changed;
  };
  EXPECT_TRUE(Status(with([](auto& r) { r.name = std::string(255, 'x'); })).ok());
  EXPECT_FALSE(Status(with([](auto& r) { r.name = std::string(256, 'x'); })).ok());
  EXPECT_FALSE(Status(with([](auto& r) { r.name = "a@b"; })).ok());
  EXPECT_TRUE(Status(with([](auto& r) { r.node = std::string(128, 'x'); })).ok());
  EXPECT_FALSE(Status(with([](auto& r) { r.node = std::string(129, 'x'); })).ok());
  EXPECT_FALSE(Status(with([](auto& r) { r.node = ""; })).ok());
  EXPECT_TRUE(Status(with([](auto& r) { r.addresses.resize(8, "/sim/a"); })).ok());
  EXPECT_FALSE(Status(with([](auto& r) { r.addresses.resize(9, "/sim/a"); })).ok());
  EXPECT_TRUE(Status(with([](auto& r) { r.addresses = {std::string(256, 'x')}; })).ok());
  EXPECT_FALSE(Status(with([](auto& r) { r.addresses = {std::string(257, 'x')}; })).ok());
  EXPECT_FALSE(Status(with([](auto& r) { r.addresses = {"/sim/\n"}; })).ok());
  EXPECT_FALSE(Status(with([](auto& r) { r.actors.resize(2, r.actors[0]); })).ok());
  EXPECT_FALSE(Status(with([](auto& r) { r.actors[0].actor = "counter"; })).ok());
  EXPECT_FALSE(Status(with([](auto& r) { r.token = 0; })).ok());
  const auto shared = [&with](size_t actors) {
    return with([actors](auto& r) {
      r.shared = true;
      r.token = 0;
      r.actors.resize(actors, r.actors[0]);
    });
  };
  EXPECT_TRUE(Status(shared(16)).ok());
  EXPECT_FALSE(Status(shared(17)).ok());
}

TEST_F(RegistrationTest, WhatWasSignedForAnotherPurposeIsNoRegistration) {
  const std::string bytes =
      SignedEnvelope::Seal({"rehearse-signed-record", "/rehearse/record/1"}, "payload", owner_);
  EXPECT_TRUE(absl::IsInvalidArgument(SignedRegistration::Open(bytes).status()));
}

TEST_F(RegistrationTest, ALiveNameIsNotTakenByWhateverToken) {
  Registration held = MadeRegistration("counter", now_ + absl::Minutes(1));
  Registration squatting = held;
  squatting.token = held.token + 1000;
  EXPECT_FALSE(MayReplace(Opened(squatting, other_), Opened(held, owner_), now_));
  // When it has expired, or was given up, it is free for a greater token.
  const absl::Time later = now_ + absl::Minutes(1);
  EXPECT_TRUE(MayReplace(Opened(squatting, other_), Opened(held, owner_), later));
  squatting.token = held.token - 1;
  EXPECT_FALSE(MayReplace(Opened(squatting, other_), Opened(held, owner_), later));
  squatting.token = held.token + 1;
  held.actors.clear();
  EXPECT_TRUE(MayReplace(Opened(squatting, other_), Opened(held, owner_), now_));
}

TEST_F(RegistrationTest, AReplayedIncarnationDoesNotWin) {
  const Registration first = MadeRegistration("counter", now_ + absl::Minutes(1));
  Registration second = first;
  second.incarnation = first.incarnation + 1;
  second.sequence = 0;
  EXPECT_TRUE(MayReplace(Opened(second, owner_), Opened(first, owner_), now_));
  EXPECT_FALSE(MayReplace(Opened(first, owner_), Opened(second, owner_), now_));
  EXPECT_FALSE(MayReplace(Opened(first, owner_), Opened(second, owner_), now_ + absl::Hours(1)));
}

TEST_F(RegistrationTest, AnOlderRecordOfOneLifeDoesNotUndoItsWithdrawal) {
  const Registration live = MadeRegistration("counter", now_ + absl::Minutes(1));
  Registration withdrawn = live;
  withdrawn.actors.clear();
  ++withdrawn.sequence;
  EXPECT_TRUE(MayReplace(Opened(withdrawn, owner_), Opened(live, owner_), now_));
  EXPECT_FALSE(MayReplace(Opened(live, owner_), Opened(withdrawn, owner_), now_));
  EXPECT_FALSE(withdrawn.IsLive(now_));
}

TEST_F(RegistrationTest, TokensGrowThoughNobodyRemembersTheLast) {
  const uint64_t first = NextToken(0, now_, owner_.peer_id());
  EXPECT_GT(NextToken(first, now_, other_.peer_id()), first);
  EXPECT_GT(NextToken(first, now_ - absl::Hours(1), other_.peer_id()), first);
  EXPECT_GT(NextToken(0, now_ + absl::Milliseconds(1), other_.peer_id()), first);
  EXPECT_NE(NextToken(0, now_, other_.peer_id()), first);
  EXPECT_EQ(ClaimTimeOf(first), now_);
}

RC_GTEST_PROP(RegistrationProperty, OneOfTwoThatDifferIsGreaterWhoeverAsks,
              (uint8_t a, uint8_t b, uint8_t c)) {
  // Few values of each field, so that equal ones are common.
  const auto made = [](uint8_t bits) {
    Registration registration = MadeRegistration("x", absl::FromUnixSeconds(bits >> 7));
    registration.token = 1 + (bits & 3);
    registration.incarnation = (bits >> 2) & 1;
    registration.sequence = (bits >> 3) & 1;
    return Opened(registration, MadeIdentity((bits >> 4) & 1));
  };
  const SignedRegistration x = made(a);
  const SignedRegistration y = made(b);
  const SignedRegistration z = made(c);
  const bool same = x.peer == y.peer && x.registration == y.registration;
  RC_ASSERT((Compare(x, y) == 0) == same);
  RC_ASSERT((Compare(x, y) > 0) == (Compare(y, x) < 0));
  const bool descends = Compare(x, y) > 0 && Compare(y, z) > 0;
  RC_ASSERT(!descends || (Compare(x, z) > 0));
}

RC_GTEST_PROP(RegistrationProperty, HostileBytesAreRefusedInWords, (const std::string& bytes)) {
  RC_ASSERT(absl::IsInvalidArgument(SignedRegistration::Open(bytes).status()));
}

}  // namespace
}  // namespace rehearse::net
