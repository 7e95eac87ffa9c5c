#include "rehearse/net/kademlia/signed_record.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "rehearse/net/crypto/testing/seeded_entropy.h"

namespace rehearse::net {
namespace {

class FixedClock final : public Clock {
 public:
  Instant Now() const override { return Instant(); }
  absl::StatusOr<absl::Time> WallTime() const override { return time; }
  Instant ToTimebase(Instant reading) const override { return reading; }

  absl::StatusOr<absl::Time> time = absl::FromUnixSeconds(1'000'000'000);
};

Identity MadeIdentity(uint64_t seed) {
  SeededEntropy entropy(seed);
  return Identity::Generate(entropy);
}

class SignedRecordTest : public testing::Test {
 public:
  SignedRecord Made(uint64_t sequence, absl::string_view data = "data") {
    return {.key = key_,
            .data = std::string(data),
            .sequence = sequence,
            .expires = *clock_.time + absl::Minutes(10)};
  }

  FixedClock clock_;
  Identity owner_ = MadeIdentity(1);
  Identity other_ = MadeIdentity(2);
  std::string key_ = SignedRecord::KeyFor("actors", "greeter", owner_.peer_id());
  SignedRecordValidator validator_{clock_, {}};
};

TEST_F(SignedRecordTest, ReadsWhatTheOwnerSigned) {
  const std::string value = Made(3).Sign(owner_);
  EXPECT_TRUE(validator_.Validate(key_, value).ok());
  const auto opened = SignedRecord::Open(key_, value);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened->data, "data");
  EXPECT_EQ(opened->sequence, 3u);
}

TEST_F(SignedRecordTest, RefusesWhatAnotherSigned) {
  const absl::Status status = validator_.Validate(key_, Made(3).Sign(other_));
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_NE(status.message().find("does not own it"), absl::string_view::npos);
}

TEST_F(SignedRecordTest, RefusesWhatWasSignedForAnotherKey) {
  const std::string other_key = SignedRecord::KeyFor("actors", "other", owner_.peer_id());
  EXPECT_TRUE(absl::IsInvalidArgument(validator_.Validate(other_key, Made(3).Sign(owner_))));
}

TEST_F(SignedRecordTest, RefusesKeysWithoutAnOwner) {
  const std::string value = Made(3).Sign(owner_);
  for (const char* key : {"", "/", "/actors", "/actors/greeter", "/actors/greeter/"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(validator_.Validate(key, value))) << key;
  }
}

TEST_F(SignedRecordTest, EachCutAndAOneByteValueAreRefused) {
  const std::string value = Made(3).Sign(owner_);
  for (size_t length = 0; length < value.size(); ++length) {
    EXPECT_FALSE(validator_.Validate(key_, absl::string_view(value).substr(0, length)).ok());
  }
  for (int byte = 0; byte < 256; ++byte) {
    EXPECT_FALSE(validator_.Validate(key_, std::string(1, static_cast<char>(byte))).ok());
  }
}

TEST_F(SignedRecordTest, EachChangedByteIsRefused) {
  const std::string value = Made(3).Sign(owner_);
  for (size_t i = 0; i < value.size(); ++i) {
    std::string changed = value;
    changed[i] ^= 1;
    EXPECT_FALSE(validator_.Validate(key_, changed).ok()) << i;
  }
}

TEST_F(SignedRecordTest, ExpiresAndMayNotLastLong) {
  SignedRecord record = Made(3);
  record.expires = *clock_.time;
  EXPECT_TRUE(absl::IsFailedPrecondition(validator_.Validate(key_, record.Sign(owner_))));
  record.expires = *clock_.time + absl::Hours(1);
  EXPECT_TRUE(validator_.Validate(key_, record.Sign(owner_)).ok());
  record.expires = *clock_.time + absl::Hours(1) + absl::Seconds(1);
  EXPECT_TRUE(absl::IsInvalidArgument(validator_.Validate(key_, record.Sign(owner_))));
  clock_.time = absl::UnavailableError("no calendar");
  EXPECT_TRUE(absl::IsUnavailable(validator_.Validate(key_, record.Sign(owner_))));
}

TEST_F(SignedRecordTest, IsNoLargerThanItMayBe) {
  EXPECT_TRUE(validator_.Validate(key_, Made(3, std::string(600, 'x')).Sign(owner_)).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(
      validator_.Validate(key_, Made(3, std::string(1024, 'x')).Sign(owner_))));
}

TEST_F(SignedRecordTest, TheHigherSequenceWinsThenTheBytes) {
  const std::string third = Made(3, "a").Sign(owner_);
  const std::string fourth = Made(4, "a").Sign(owner_);
  const std::string other_third = Made(3, "b").Sign(owner_);
  EXPECT_TRUE(validator_.Wins(key_, fourth, third));
  EXPECT_FALSE(validator_.Wins(key_, third, fourth));
  EXPECT_NE(validator_.Wins(key_, third, other_third), validator_.Wins(key_, other_third, third));
  EXPECT_FALSE(validator_.Wins(key_, third, third));
}

RC_GTEST_PROP(SignedRecordProperty, HostileValuesAreRefusedInWords,
              (const std::string& key, const std::string& value)) {
  const auto opened = SignedRecord::Open(key, value);
  RC_ASSERT(absl::IsInvalidArgument(opened.status()));
}

}  // namespace
}  // namespace rehearse::net
