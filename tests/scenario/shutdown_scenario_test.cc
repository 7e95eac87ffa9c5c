// A node that is told to end, by itself or from outside: it stops what it runs, its peers see it
// go, and it stays away until somebody starts it again.

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/node.h"
#include "rehearse/sim/world/world.h"
#include "tests/scenario/counter.h"

namespace rehearse {
namespace {

using sim::NodeHandle;
using sim::World;
using Words = std::vector<std::string>;

// What the server's actors and program said, in order.
struct Said {
  Words words;
};

class Counter : public Actor {
 public:
  Counter(World* world, std::string name, absl::Duration farewell)
      : said_(world->Shared<Said>()), name_(std::move(name)), farewell_(farewell) {}

  int64_t Handle(const counter::Inc& inc) { return count_ += inc.amount; }
  // Never answers.
  int64_t Handle(const counter::Get&) {
    while (true) (void)Sleep(absl::Hours(1));
  }
  void OnStop(const ExitReason&) override {
    (void)Sleep(farewell_);
    said_.words.push_back(name_);
  }

 private:
  Said& said_;
  const std::string name_;
  const absl::Duration farewell_;
  int64_t count_ = 0;
};

using CounterProtocol = Protocol<int64_t(counter::Inc), int64_t(counter::Get)>;

struct ServerOptions {
  absl::Duration farewell = absl::ZeroDuration();
  absl::Duration ends_itself_after = absl::InfiniteDuration();
};

Program Server(World& world, ServerOptions options = {}) {
  return [&world, options](Node& node) -> absl::Status {
    node.Spawn<Counter>(&world, "older", options.farewell);
    const auto counter = node.Spawn<Counter>(&world, "newer", options.farewell);
    const absl::Status status = node.Register<CounterProtocol>("counter", counter);
    if (!status.ok()) return status;
    const absl::Status slept = Sleep(options.ends_itself_after);
    world.Shared<Said>().words.push_back(slept.ok() ? "enough" : "stopped");
    node.Shutdown();
    return slept;
  };
}

struct Answers {
  std::vector<absl::StatusOr<int64_t>> all;
};

// Asks once, without end.
Program Client(World& world) {
  return [&world](Node& node) -> absl::Status {
    auto counter = node.Named<CounterProtocol>("counter@server");
    if (!counter.ok()) return counter.status();
    world.Shared<Answers>().all.push_back(counter->Ask(counter::Get{}));
    return absl::OkStatus();
  };
}

// Whether a new client's ask is answered.
bool Serves(World& world) {
  const size_t before = world.Shared<Answers>().all.size();
  world.AddNode(absl::StrCat("prober-", world.nodes().size()),
                [&world](Node& node) -> absl::Status {
                  auto counter = node.Named<CounterProtocol>("counter@server");
                  if (!counter.ok()) return counter.status();
                  world.Shared<Answers>().all.push_back(
                      counter->Ask(counter::Inc{.amount = 1}, {.reply_timeout = absl::Seconds(3)}));
                  return absl::OkStatus();
                });
  world.RunUntil([&] { return world.Shared<Answers>().all.size() > before; }, absl::Seconds(10));
  return world.Shared<Answers>().all.back().ok();
}

TEST(ShutdownScenario, AStoppedNodesActorsEndNewestFirstAndItIsGone) {
  World world({.seed = 1});
  const NodeHandle server = world.AddNode("server", Server(world));
  EXPECT_TRUE(Serves(world));
  world.Stop(server);
  EXPECT_TRUE(server.up());
  ASSERT_TRUE(world.RunUntil([&] { return !server.up(); }, absl::Seconds(2)));
  EXPECT_EQ(world.Shared<Said>().words, (Words{"stopped", "newer", "older"}));
  EXPECT_FALSE(Serves(world));
  EXPECT_FALSE(world.failed());
}

TEST(ShutdownScenario, APeersAskEndsAtOnce) {
  World world({.seed = 2});
  const NodeHandle server = world.AddNode("server", Server(world));
  world.AddNode("client", Client(world));
  world.RunFor(absl::Seconds(1));
  EXPECT_TRUE(world.Shared<Answers>().all.empty());
  world.Stop(server);
  world.RunFor(absl::Seconds(2));
  ASSERT_EQ(world.Shared<Answers>().all.size(), 1u);
  EXPECT_FALSE(world.Shared<Answers>().all[0].ok());
}

TEST(ShutdownScenario, ANodeMayEndItself) {
  World world({.seed = 3});
  const NodeHandle server =
      world.AddNode("server", Server(world, {.ends_itself_after = absl::Seconds(2)}));
  world.RunFor(absl::Seconds(1));
  EXPECT_TRUE(server.up());
  world.RunFor(absl::Seconds(2));
  EXPECT_FALSE(server.up());
  EXPECT_EQ(world.Shared<Said>().words, (Words{"enough", "newer", "older"}));
  EXPECT_FALSE(world.failed());
}

TEST(ShutdownScenario, AfterARestartItServesAgainAsItsNextIncarnation) {
  World world({.seed = 4});
  const NodeHandle server = world.AddNode("server", Server(world));
  world.RunFor(absl::Seconds(1));
  world.Stop(server);
  world.RunFor(absl::Seconds(2));
  EXPECT_FALSE(server.up());
  world.Restart(server);
  EXPECT_EQ(server.incarnation(), 2u);
  EXPECT_TRUE(Serves(world));
}

TEST(ShutdownScenario, OnlyRestartBringsItBack) {
  World world({.seed = 5});
  const NodeHandle server = world.AddNode("server", Server(world));
  const NodeHandle other = world.AddNode("other", Server(world));
  world.RunFor(absl::Seconds(1));
  world.Stop(server);
  world.Inject(sim::FaultPlan{{
      {.at = absl::Seconds(2), .kind = sim::Fault::Kind::kCrash, .nodes = {"server", "other"}},
      {.at = absl::Seconds(3), .kind = sim::Fault::Kind::kRestart, .nodes = {"server", "other"}},
  }});
  world.RunFor(absl::Seconds(4));
  EXPECT_FALSE(server.up());
  EXPECT_EQ(other.incarnation(), 2u);
  world.HealAndSettle(absl::Seconds(1), [] { return true; });
  EXPECT_FALSE(server.up());
  EXPECT_FALSE(world.failed());
}

TEST(ShutdownScenario, ACrashMayComeInBetween) {
  World world({.seed = 6});
  const NodeHandle server = world.AddNode("server", Server(world, {.farewell = absl::Seconds(2)}));
  world.RunFor(absl::Seconds(1));
  world.Stop(server);
  world.RunFor(absl::Seconds(1));
  EXPECT_TRUE(server.up());
  world.Crash(server);
  world.RunFor(absl::Seconds(10));
  EXPECT_EQ(world.Shared<Said>().words, (Words{"stopped"}));
  world.HealAndSettle(absl::Seconds(1), [] { return true; });
  EXPECT_EQ(server.incarnation(), 2u);
}

TEST(ShutdownScenario, APausedNodeEndsWhenItGoesOn) {
  World world({.seed = 7});
  const NodeHandle server = world.AddNode("server", Server(world));
  world.RunFor(absl::Seconds(1));
  world.Pause(server);
  world.Stop(server);
  world.RunFor(absl::Seconds(10));
  EXPECT_TRUE(server.up());
  world.Resume(server);
  world.RunFor(absl::Seconds(1));
  EXPECT_FALSE(server.up());
}

TEST(ShutdownScenario, AnActorThatWillNotEndIsKilledAndTheNodeEnds) {
  World world({.seed = 8});
  const NodeHandle server = world.AddNode("server", Server(world, {.farewell = absl::Hours(1)}));
  world.RunFor(absl::Seconds(1));
  world.Stop(server);
  EXPECT_TRUE(world.RunUntil([&] { return !server.up(); }, absl::Minutes(1)));
}

TEST(ShutdownScenario, PeersBehindAPartitionSeeItGoAfterwards) {
  World world({.seed = 9});
  const NodeHandle server = world.AddNode("server", Server(world));
  const NodeHandle client = world.AddNode("client", Client(world));
  world.RunFor(absl::Seconds(1));
  world.Partition({server}, {client});
  world.Stop(server);
  world.RunFor(absl::Seconds(4));
  EXPECT_FALSE(server.up());
  EXPECT_TRUE(world.Shared<Answers>().all.empty());
  world.Heal();
  world.RunFor(absl::Seconds(10));
  ASSERT_EQ(world.Shared<Answers>().all.size(), 1u);
  EXPECT_FALSE(world.Shared<Answers>().all[0].ok());
}

TEST(ShutdownScenario, AProgramsOwnErrorStillFailsTheSeed) {
  World world({.seed = 10});
  const NodeHandle node = world.AddNode("server", [](Node&) -> absl::Status {
    (void)Sleep(absl::Hours(1));
    return absl::DataLossError("the book is torn");
  });
  world.RunFor(absl::Seconds(1));
  world.Stop(node);
  world.RunFor(absl::Seconds(1));
  const sim::RunResult result = world.Finish();
  EXPECT_EQ(result.verdict, sim::Verdict::kSafety);
  EXPECT_TRUE(absl::StrContains(result.reason, "the book is torn")) << result.reason;
}

TEST(ShutdownScenario, TheSameSeedEndsTheSame) {
  const auto run = [] {
    World world({.seed = 11});
    const NodeHandle server = world.AddNode("server", Server(world));
    world.AddNodes("client", 3, Client(world));
    world.RunFor(absl::Seconds(1));
    world.Stop(server);
    world.RunFor(absl::Seconds(5));
    world.Restart(server);
    world.RunFor(absl::Seconds(5));
    return world.Finish().hash;
  };
  EXPECT_EQ(run(), run());
}

}  // namespace
}  // namespace rehearse
