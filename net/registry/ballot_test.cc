#include "rehearse/net/registry/ballot.h"

#include <gtest/gtest.h>

#include "rehearse/net/registry/testing/made_registration.h"

namespace rehearse::net {
namespace {

class BallotTest : public testing::Test {
 public:
  Registration Made(uint64_t token) {
    Registration made = MadeRegistration("x", now_ + absl::Minutes(1));
    made.token = token;
    return made;
  }
  SignedRegistration A(uint64_t token) { return {a_.peer_id(), Made(token)}; }
  SignedRegistration B(uint64_t token) { return {b_.peer_id(), Made(token)}; }
  Ballot Count(const std::vector<SignedRegistration>& held) { return CountBallot(held, now_); }
  // "A3" for three holders of A's.
  std::string Order(const Ballot& ballot) {
    std::string order;
    for (const Claimant& claimant : ballot.claimants) {
      order += claimant.latest.peer == a_.peer_id() ? "A" : "B";
      order += std::to_string(claimant.holders);
    }
    return order;
  }

  const absl::Time now_ = absl::FromUnixSeconds(1'000'000'000);
  Identity a_ = MadeIdentity(1);
  Identity b_ = MadeIdentity(2);
};

TEST_F(BallotTest, WhoIsHeldByMostComesFirstThenTheGreaterToken) {
  EXPECT_EQ(Order(Count({A(5), A(5), B(9)})), "A2B1");
  EXPECT_EQ(Order(Count({A(5), B(9)})), "B1A1");
  EXPECT_EQ(Order(Count({})), "");
}

TEST_F(BallotTest, ARenewalIsOfTheSameClaim) {
  Registration renewed = Made(5);
  ++renewed.sequence;
  EXPECT_EQ(Order(Count({A(5), {a_.peer_id(), renewed}, A(5)})), "A3");
  EXPECT_EQ(Order(Count({A(5), A(5), A(6)})), "A1");
}

TEST_F(BallotTest, AReplayedRegistrationDoesNotUndoAWithdrawal) {
  Registration withdrawn = Made(5);
  ++withdrawn.sequence;
  withdrawn.actors.clear();
  const Ballot ballot = Count({A(5), A(5), A(5), {a_.peer_id(), withdrawn}});
  EXPECT_EQ(Order(ballot), "");
  EXPECT_EQ(ballot.token_seen, 5u);
}

TEST_F(BallotTest, WhatHasExpiredGivesItsTokenAlone) {
  const Ballot ballot = CountBallot({A(5)}, now_ + absl::Minutes(1));
  EXPECT_EQ(Order(ballot), "");
  EXPECT_EQ(ballot.token_seen, 5u);
  EXPECT_EQ(ballot.Find(a_.peer_id()), nullptr);
}

}  // namespace
}  // namespace rehearse::net
