// Each player alone, with a probe for the other; then the game.

#include "examples/ping_pong/ping_pong.h"

#include <gtest/gtest.h>

#include "absl/time/time.h"
#include "rehearse/sim/testkit/probe.h"
#include "rehearse/sim/testkit/test_kit.h"

namespace examples::ping_pong {
namespace {

using rehearse::ExitReason;
using rehearse::sim::Probe;
using rehearse::sim::TestKit;

TEST(PongerTest, AnswersToWhomThePingNames) {
  TestKit kit;
  Probe left(kit, "left");
  Probe right(kit, "right");
  auto ponger = kit.Spawn<Ponger>();
  ponger.Tell(Ping{1, left.ref<Pong>()});
  ponger.Tell(Ping{2, right.ref<Pong>()});
  EXPECT_EQ(left.Expect<Pong>().round, 1);
  EXPECT_EQ(right.Expect<Pong>().round, 2);
  left.ExpectNone(absl::Seconds(1));
}

TEST(PingerTest, ServesAgainOnlyAfterTheAnswerAndEndsAfterTheLast) {
  TestKit kit;
  Probe ponger(kit, "ponger");
  auto pinger = kit.Spawn<Pinger>(ponger.ref<Ping>(), 2);
  const Ping first = ponger.Expect<Ping>();
  EXPECT_EQ(first.round, 1);
  ponger.ExpectNone(absl::Seconds(1));
  first.answer_to.Tell(Pong{1});
  EXPECT_EQ(ponger.Expect<Ping>().round, 2);
  EXPECT_TRUE(pinger.alive());
  first.answer_to.Tell(Pong{2});
  EXPECT_EQ(kit.ExpectExit(pinger).kind, ExitReason::Kind::kStopped);
}

TEST(PingPongTest, AGameComesToItsEnd) {
  TestKit kit;
  EXPECT_TRUE(kit.Run([&] { return Play(kit.node(), 1000); }).ok());
}

}  // namespace
}  // namespace examples::ping_pong
