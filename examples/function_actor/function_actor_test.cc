#include "examples/function_actor/function_actor.h"

#include <gtest/gtest.h>

#include "rehearse/sim/testkit/test_kit.h"

namespace examples::function_actor {
namespace {

using rehearse::ExitReason;
using rehearse::sim::TestKit;

class TurnstileTest : public testing::Test {
 public:
  bool Push() { return kit_.Ask(turnstile_, function_actor::Push{}).value(); }
  void Pay() { turnstile_.Tell(Coin{}); }

  TestKit kit_;
  TurnstileInbox::Ref turnstile_ = kit_.Spawn(Turnstile);
};

TEST_F(TurnstileTest, IsLockedAtFirst) { EXPECT_FALSE(Push()); }

TEST_F(TurnstileTest, LetsOneThroughForACoin) {
  Pay();
  EXPECT_TRUE(Push());
  EXPECT_FALSE(Push());
}

TEST_F(TurnstileTest, KeepsASecondCoin) {
  Pay();
  Pay();
  EXPECT_TRUE(Push());
  EXPECT_FALSE(Push());
}

TEST_F(TurnstileTest, EndsFromEitherState) {
  auto open = kit_.Spawn(Turnstile);
  open.Tell(Coin{});
  kit_.RunFor(absl::Seconds(1));
  open.Stop();
  turnstile_.Stop();
  EXPECT_EQ(kit_.ExpectExit(open).kind, ExitReason::Kind::kStopped);
  EXPECT_EQ(kit_.ExpectExit(turnstile_).kind, ExitReason::Kind::kStopped);
}

TEST(VisitTest, PaysOnceAndPassesOnce) {
  TestKit kit;
  const absl::StatusOr<Visit> visit = kit.Run([&] { return TryTurnstile(kit.node()); });
  ASSERT_TRUE(visit.ok());
  EXPECT_FALSE(visit->without_coin);
  EXPECT_TRUE(visit->with_coin);
  EXPECT_FALSE(visit->again);
}

}  // namespace
}  // namespace examples::function_actor
