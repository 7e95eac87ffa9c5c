#include "rehearse/net/registry/name_validator.h"

#include <gtest/gtest.h>

#include "rehearse/net/registry/testing/made_registration.h"

namespace rehearse::net {
namespace {

class FixedClock final : public Clock {
 public:
  Instant Now() const override { return Instant(); }
  absl::StatusOr<absl::Time> WallTime() const override { return time; }
  Instant ToTimebase(Instant reading) const override { return reading; }

  absl::StatusOr<absl::Time> time = absl::FromUnixSeconds(1'000'000'000);
};

class NameValidatorTest : public testing::Test {
 public:
  Registration Made(absl::Duration lifetime = absl::Minutes(2)) {
    Registration made = MadeRegistration("counter", *clock_.time + lifetime);
    made.token = NextToken(0, *clock_.time, owner_.peer_id());
    return made;
  }
  absl::Status Validate(const Registration& registration) {
    return validator_.Validate(key_, registration.Sign(owner_));
  }

  FixedClock clock_;
  Identity owner_ = MadeIdentity(1);
  Identity other_ = MadeIdentity(2);
  std::string key_ = UniqueNameKey("counter");
  NameValidator validator_{clock_, {}};
};

TEST_F(NameValidatorTest, TakesAnybodysForAUniqueName) {
  EXPECT_TRUE(validator_.Validate(key_, Made().Sign(owner_)).ok());
  EXPECT_TRUE(validator_.Validate(key_, Made().Sign(other_)).ok());
}

TEST_F(NameValidatorTest, RefusesWhatWasSignedForAnotherName) {
  EXPECT_TRUE(
      absl::IsInvalidArgument(validator_.Validate(UniqueNameKey("clock"), Made().Sign(owner_))));
  Registration shared = Made();
  shared.shared = true;
  shared.token = 0;
  const std::string value = shared.Sign(owner_);
  EXPECT_TRUE(validator_.Validate(SharedNameKey("counter", owner_.peer_id()), value).ok());
  EXPECT_FALSE(validator_.Validate(SharedNameKey("counter", other_.peer_id()), value).ok());
  EXPECT_FALSE(validator_.Validate(key_, value).ok());
}

TEST_F(NameValidatorTest, ForgetsWhatExpiredLongAgo) {
  const Registration registration = Made();
  EXPECT_TRUE(Validate(registration).ok());
  *clock_.time += absl::Minutes(32) - absl::Milliseconds(1);
  EXPECT_TRUE(Validate(registration).ok());
  *clock_.time += absl::Milliseconds(1);
  EXPECT_TRUE(absl::IsFailedPrecondition(Validate(registration)));
  clock_.time = absl::UnavailableError("no calendar");
  EXPECT_TRUE(absl::IsUnavailable(Validate(registration)));
}

TEST_F(NameValidatorTest, NobodyHasANameForEver) {
  EXPECT_TRUE(Validate(Made(absl::Minutes(35))).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(Validate(Made(absl::Minutes(35) + absl::Milliseconds(1)))));
  Registration registration = Made();
  registration.token = NextToken(0, *clock_.time + absl::Minutes(35), owner_.peer_id());
  EXPECT_TRUE(Validate(registration).ok());
  registration.token = NextToken(0, *clock_.time + absl::Minutes(36), owner_.peer_id());
  EXPECT_TRUE(absl::IsInvalidArgument(Validate(registration)));
}

TEST_F(NameValidatorTest, WhoHoldsALiveNameIsNotReplacedByASquatter) {
  const std::string held = Made().Sign(owner_);
  Registration squatting = Made();
  squatting.token += uint64_t{1} << 30;
  const std::string value = squatting.Sign(other_);
  EXPECT_FALSE(validator_.Wins(key_, value, held));
  EXPECT_FALSE(validator_.Wins(key_, held, value));
  *clock_.time += absl::Minutes(2);
  EXPECT_TRUE(validator_.Wins(key_, value, held));
}

TEST_F(NameValidatorTest, OfOnePeerTheLaterWins) {
  const Registration first = Made();
  Registration second = first;
  ++second.sequence;
  EXPECT_TRUE(validator_.Wins(key_, second.Sign(owner_), first.Sign(owner_)));
  EXPECT_FALSE(validator_.Wins(key_, first.Sign(owner_), second.Sign(owner_)));
  EXPECT_FALSE(validator_.Wins(key_, first.Sign(owner_), first.Sign(owner_)));
}

}  // namespace
}  // namespace rehearse::net
