// Two nodes, one counter: what a program sees of another node while the network and the node
// misbehave.

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/node.h"
#include "rehearse/sim/world/world.h"
#include "rehearse/tests/scenario/counter_actor.h"
#include "tests/scenario/counter.h"

namespace rehearse {
namespace {

using sim::NodeHandle;
using sim::World;

absl::Status Server(Node& node) {
  return node.Register<CounterProtocol>("counter", node.Spawn<Counter>());
}

// What the client saw, call by call.
struct Seen {
  std::vector<absl::StatusOr<int64_t>> results;
};

Program Client(World& world, int calls, absl::Duration pause = absl::Seconds(1)) {
  return [&world, calls, pause](Node& node) -> absl::Status {
    auto counter = node.Named<CounterProtocol>("counter@server");
    if (!counter.ok()) return counter.status();
    for (int i = 0; i < calls; ++i) {
      world.Shared<Seen>().results.push_back(
          counter->Ask(counter::Inc{.amount = 1}, {.reply_timeout = absl::Seconds(5)}));
      if (absl::Status status = Sleep(pause); !status.ok()) return status;
    }
    return absl::OkStatus();
  };
}

TEST(RemoteScenario, AsksCrossTheNetworkAndComeBackInOrder) {
  World world({.seed = 1});
  world.AddNode("server", Server);
  world.AddNode("client", Client(world, 5));
  world.RunFor(absl::Seconds(30));
  const auto& results = world.Shared<Seen>().results;
  ASSERT_EQ(results.size(), 5u);
  for (size_t i = 0; i < results.size(); ++i) {
    ASSERT_TRUE(results[i].ok()) << results[i].status();
    EXPECT_EQ(*results[i], static_cast<int64_t>(i + 1));
  }
  EXPECT_FALSE(world.failed());
}

TEST(RemoteScenario, APlacedNameIsFoundWithoutItsNodeAndHeldByItAlone) {
  World world({.seed = 1});
  world.PlaceName("counter", "server");
  world.AddNode("server", Server);
  absl::StatusOr<int64_t> total;
  absl::Status elsewhere;
  absl::Status unknown;
  world.AddNode("client", [&](Node& node) -> absl::Status {
    auto counter = node.Named<CounterProtocol>("counter");
    if (!counter.ok()) return counter.status();
    total = counter->Ask(counter::Inc{.amount = 42});
    elsewhere = node.Register<CounterProtocol>("counter", node.Spawn<Counter>());
    unknown = node.Named<CounterProtocol>("clock").status();
    return absl::OkStatus();
  });
  world.RunFor(absl::Seconds(10));
  ASSERT_TRUE(total.ok()) << total.status();
  EXPECT_EQ(*total, 42);
  EXPECT_EQ(elsewhere.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(unknown.code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(world.failed());
}

TEST(RemoteScenario, TheNameOfAnActorThatHasEndedIsFree) {
  World world({.seed = 1});
  bool done = false;
  world.AddNode("server", [&done](Node& node) -> absl::Status {
    const auto first = node.Spawn<Counter>();
    EXPECT_TRUE(node.Register<CounterProtocol>("counter", first).ok());
    EXPECT_EQ(node.Register<CounterProtocol>("counter", node.Spawn<Counter>()).code(),
              absl::StatusCode::kAlreadyExists);
    first.Kill();
    (void)first.Join();
    EXPECT_EQ(node.Named<CounterProtocol>("counter").status().code(), absl::StatusCode::kNotFound);
    const auto second = node.Spawn<Counter>();
    EXPECT_TRUE(node.Register<CounterProtocol>("counter", second).ok());
    EXPECT_EQ(node.Named<CounterProtocol>("counter")->id(), second.id());
    done = true;
    return absl::OkStatus();
  });
  world.RunFor(absl::Seconds(10));
  EXPECT_TRUE(done);
}

TEST(RemoteScenario, SameSeedGivesTheSameHashAndAnotherSeedAnother) {
  const auto run = [](uint64_t seed) {
    World world({.seed = seed});
    world.AddNode("server", Server);
    world.AddNode("client", Client(world, 50, absl::Milliseconds(20)));
    world.Inject(sim::Swarm{.horizon = absl::Seconds(5)});
    world.RunFor(absl::Seconds(60));
    return world.Finish().hash;
  };
  EXPECT_EQ(run(7), run(7));
  EXPECT_NE(run(7), run(8));
}

TEST(RemoteScenario, LossOnlyDelays) {
  World world({.seed = 2});
  world.SetLinks({.loss = {20, 100}, .duplicate = {20, 100}, .reorder = {20, 100}});
  world.AddNode("server", Server);
  world.AddNode("client", Client(world, 50, absl::ZeroDuration()));
  world.RunFor(absl::Minutes(10));
  const auto& results = world.Shared<Seen>().results;
  ASSERT_EQ(results.size(), 50u);
  int64_t last = 0;
  for (const auto& result : results) {
    if (result.ok()) {
      EXPECT_EQ(*result, last + 1);
    }
    last = result.ok() ? *result : last + 1;
  }
  const sim::FabricCounters counters = world.network_counters();
  EXPECT_GT(counters.lost, 0u);
  EXPECT_GT(counters.duplicated, 0u);
  EXPECT_GT(counters.reordered, 0u);
}

TEST(RemoteScenario, OneWayPartitionTimesTheAskOutThoughItWasHandled) {
  World world({.seed = 3});
  const NodeHandle server = world.AddNode("server", Server);
  const NodeHandle client = world.AddNode("client", Client(world, 3, absl::Seconds(1)));
  ASSERT_TRUE(
      world.RunUntil([&] { return world.Shared<Seen>().results.size() == 1; }, absl::Seconds(10)));
  world.PartitionOneWay({server}, {client});
  ASSERT_TRUE(
      world.RunUntil([&] { return world.Shared<Seen>().results.size() == 2; }, absl::Seconds(10)));
  EXPECT_EQ(world.Shared<Seen>().results[1].status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(EffectOf(world.Shared<Seen>().results[1].status()), Effect::kMaybe);
  world.Heal();
  ASSERT_TRUE(
      world.RunUntil([&] { return world.Shared<Seen>().results.size() == 3; }, absl::Seconds(30)));
  ASSERT_TRUE(world.Shared<Seen>().results[2].ok()) << world.Shared<Seen>().results[2].status();
  EXPECT_EQ(*world.Shared<Seen>().results[2], 3);  // the second was counted
}

TEST(RemoteScenario, RestartedServerStartsFromNothing) {
  World world({.seed = 4});
  const NodeHandle server = world.AddNode("server", Server);
  world.AddNode("client", Client(world, 3, absl::Seconds(10)));
  world.RunFor(absl::Seconds(5));
  world.Crash(server);
  EXPECT_FALSE(server.up());
  world.RunFor(absl::Seconds(1));
  world.Restart(server);
  EXPECT_EQ(server.incarnation(), 2u);
  world.RunFor(absl::Seconds(60));
  const auto& results = world.Shared<Seen>().results;
  ASSERT_EQ(results.size(), 3u);
  EXPECT_EQ(*results[0], 1);
  ASSERT_TRUE(results[2].ok()) << results[2].status();
  EXPECT_LE(*results[2], 2);
}

TEST(RemoteScenario, PausedServerAnswersWhenItGoesOn) {
  World world({.seed = 5});
  const NodeHandle server = world.AddNode("server", Server);
  world.AddNode("client", Client(world, 2, absl::Seconds(1)));
  world.RunFor(absl::Milliseconds(500));
  ASSERT_EQ(world.Shared<Seen>().results.size(), 1u);
  world.Pause(server);
  world.RunFor(absl::Seconds(3));
  EXPECT_EQ(world.Shared<Seen>().results.size(), 1u);
  world.Resume(server);
  world.RunFor(absl::Seconds(1));
  ASSERT_EQ(world.Shared<Seen>().results.size(), 2u);
  EXPECT_TRUE(world.Shared<Seen>().results[1].ok());
}

TEST(RemoteScenario, UnknownActorIsAnErrorWithoutEffect) {
  World world({.seed = 6});
  world.AddNode("server", [](Node&) { return absl::OkStatus(); });
  world.AddNode("client", Client(world, 1));
  world.RunFor(absl::Seconds(10));
  const auto& results = world.Shared<Seen>().results;
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(EffectOf(results[0].status()), Effect::kNone);
}

TEST(RemoteScenario, ProgramThatSpinsIsStoppedAndNamed) {
  World world({.seed = 7});
  world.AddNode("busy", [](Node&) -> absl::Status {
    while (true) (void)Sleep(absl::ZeroDuration());
  });
  world.RunFor(absl::Hours(1));
  const sim::RunResult result = world.Finish();
  EXPECT_EQ(result.verdict, sim::Verdict::kLiveness);
  EXPECT_TRUE(absl::StrContains(result.reason, " busy resume Sleep")) << result.reason;
}

}  // namespace
}  // namespace rehearse
