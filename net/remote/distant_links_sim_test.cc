#include "rehearse/net/remote/distant_links.h"

#include <gtest/gtest.h>

#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/sim/testkit/test_kit.h"

namespace rehearse::net {
namespace {

class Idle : public Actor {};

// Of two actors, and at most two links a peer.
class DistantLinksTest : public testing::Test {
 protected:
  bool Add(absl::string_view peer, ActorRef<Idle>& actor, uint64_t partner, uint64_t life = 1) {
    return links_.Add(peer, KeyOf(actor, partner, life), *actor.cell(), *partner_.cell());
  }
  static DistantLinks::Key KeyOf(ActorRef<Idle>& actor, uint64_t partner, uint64_t life = 1) {
    return {actor.cell()->actor_id().value, life, partner};
  }

  sim::TestKit kit_;
  ActorRef<Idle> actor_ = kit_.Spawn<Idle>();
  ActorRef<Idle> another_ = kit_.Spawn<Idle>();
  ActorRef<Idle> partner_ = kit_.Spawn<Idle>();
  DistantLinks links_{2};
};

TEST_F(DistantLinksTest, TheLastThatFitsAndTheFirstThatDoesNot) {
  EXPECT_TRUE(Add("left", actor_, 7));
  EXPECT_TRUE(Add("left", another_, 7));
  EXPECT_FALSE(Add("left", actor_, 8));
  EXPECT_FALSE(Add("left", actor_, 7, 2));  // another life's
  EXPECT_TRUE(Add("right", actor_, 8));
}

TEST_F(DistantLinksTest, OnceMoreIsAsOnce) {
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(Add("left", actor_, 7));
  EXPECT_TRUE(Add("left", actor_, 8));
}

TEST_F(DistantLinksTest, WhatIsUndoneMakesRoom) {
  EXPECT_TRUE(Add("left", actor_, 7) && Add("left", actor_, 8));
  links_.Remove("left", KeyOf(actor_, 9));
  links_.Remove("right", KeyOf(actor_, 7));
  EXPECT_FALSE(Add("left", actor_, 9));
  links_.Remove("left", KeyOf(actor_, 7));
  EXPECT_TRUE(Add("left", actor_, 9));
}

TEST_F(DistantLinksTest, AnEndMakesRoom) {
  EXPECT_TRUE(Add("left", actor_, 7) && Add("left", another_, 7));
  links_.RemoveAll("left", KeyOf(actor_, 7).actor);
  EXPECT_TRUE(Add("left", actor_, 8));
  EXPECT_FALSE(Add("left", actor_, 9));
  another_.Kill();  // nobody says so
  kit_.RunFor(absl::Seconds(1));
  EXPECT_TRUE(Add("left", actor_, 9));
  EXPECT_FALSE(Add("left", actor_, 10));
}

}  // namespace
}  // namespace rehearse::net
