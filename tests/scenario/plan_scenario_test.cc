// Fault plans, by hand and drawn: carried out at their times, beside each other, until healing
// stops them.

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/node.h"
#include "rehearse/sim/world/world.h"

namespace rehearse {
namespace {

using sim::Fault;
using sim::FaultPlan;
using sim::NodeHandle;
using sim::World;

absl::Status Idle(Node&) { return absl::OkStatus(); }

FaultPlan CrashAt(absl::Duration at, const std::string& node) {
  return {{{.at = at, .kind = Fault::Kind::kCrash, .nodes = {node}}}};
}

TEST(PlanScenario, FaultsComeAtTheirTimes) {
  World world({.seed = 1});
  const NodeHandle a = world.AddNode("a", Idle);
  const NodeHandle b = world.AddNode("b", Idle);
  world.RunFor(absl::Seconds(10));
  world.Inject(FaultPlan{{
      {.at = absl::Seconds(1), .kind = Fault::Kind::kCrash, .nodes = {"a"}},
      {.at = absl::Seconds(2), .kind = Fault::Kind::kPause, .nodes = {"b"}},
      {.at = absl::Seconds(3), .kind = Fault::Kind::kRestart, .nodes = {"a"}},
      {.at = absl::Seconds(4), .kind = Fault::Kind::kResume, .nodes = {"b"}},
      {.at = absl::Seconds(5), .kind = Fault::Kind::kSilentCrash, .nodes = {"a", "b"}},
  }});
  world.RunFor(absl::Milliseconds(1500));
  EXPECT_FALSE(a.up());
  EXPECT_TRUE(b.node().running());
  world.RunFor(absl::Seconds(1));
  EXPECT_FALSE(b.node().running());
  world.RunFor(absl::Seconds(1));
  EXPECT_EQ(a.incarnation(), 2u);
  world.RunFor(absl::Seconds(1));
  EXPECT_TRUE(b.node().running());
  world.RunFor(absl::Seconds(1));
  EXPECT_FALSE(a.up() || b.up());
}

TEST(PlanScenario, TwoPlansAreCarriedOutBesideEachOther) {
  World world({.seed = 2});
  const NodeHandle a = world.AddNode("a", Idle);
  const NodeHandle b = world.AddNode("b", Idle);
  world.Inject(CrashAt(absl::Seconds(5), "a"));
  world.RunFor(absl::Seconds(1));
  world.Inject(CrashAt(absl::Seconds(5), "b"));
  world.RunFor(absl::Seconds(10));
  EXPECT_FALSE(a.up() || b.up());
}

TEST(PlanScenario, APlanThatHealingStoppedStaysSoWhenAnotherBegins) {
  World world({.seed = 3});
  const NodeHandle a = world.AddNode("a", Idle);
  const NodeHandle b = world.AddNode("b", Idle);
  world.Inject(CrashAt(absl::Seconds(30), "a"));
  world.RunFor(absl::Seconds(10));
  world.HealAndSettle(absl::Seconds(1), [] { return true; });
  world.Inject(CrashAt(absl::Seconds(40), "b"));
  world.RunFor(absl::Minutes(2));
  EXPECT_EQ(a.incarnation(), 1u);
  EXPECT_TRUE(a.up());
  EXPECT_FALSE(b.up());
}

// --- Swarms.

struct Nap {};

class Napper : public Actor {
 public:
  int64_t Handle(const Nap&) {
    (void)Sleep(absl::Milliseconds(100));
    return 1;
  }
};

struct Naps {
  int good = 0;
  int panicked = 0;
};

// Starts its actor anew when it panicked.
Program NapForEver(World& world) {
  return [&world](Node& node) -> absl::Status {
    Naps& naps = world.Shared<Naps>();
    while (true) {
      const ActorRef<Napper> napper = node.Spawn<Napper>();
      absl::StatusOr<int64_t> nap = napper.Ask(Nap{});
      for (; nap.ok(); nap = napper.Ask(Nap{})) ++naps.good;
      if (nap.status().code() != absl::StatusCode::kAborted) return nap.status();
      ++naps.panicked;
    }
  };
}

// Over twenty seeds: some have planned panics, which strike; all go on afterwards.
TEST(SwarmScenario, APlanWithPanicsStrikesActorsAndNothingElse) {
  int planned = 0;
  int struck = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    bool has_panics = false;
    World world({.seed = seed, .on_event = [&](absl::string_view line) {
                   has_panics |= absl::StrContains(line, "planned: ") &&
                                 (absl::StrContains(line, "panic node") ||
                                  absl::StrContains(line, "kill node"));
                 }});
    world.AddNodes("node", 3, NapForEver(world));
    world.Inject(sim::Swarm{.horizon = absl::Seconds(20), .panics = true});
    world.RunFor(absl::Seconds(40));
    Naps& naps = world.Shared<Naps>();
    if (!has_panics) {
      EXPECT_EQ(naps.panicked, 0) << seed;
    }
    planned += has_panics;
    struck += naps.panicked > 0;
    const int panicked = naps.panicked;
    const int good = naps.good;
    world.HealAndSettle(absl::Seconds(10), [&] { return naps.good > good + 100; });
    EXPECT_EQ(naps.panicked, panicked) << seed;
    EXPECT_FALSE(world.failed()) << world.Finish().reason;
  }
  EXPECT_GT(planned, 4);
  EXPECT_GT(struck, 4);
}

TEST(SwarmScenario, OnlyVictimsCrash) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    World world({.seed = seed});
    const sim::NodeGroup servers = world.AddNodes("server", 3, Idle);
    const sim::NodeGroup clients = world.AddNodes("client", 3, Idle);
    world.Inject(sim::Swarm{.horizon = absl::Seconds(20), .victims = "server"});
    world.RunFor(absl::Seconds(60));
    int crashed = 0;
    for (const NodeHandle server : servers) crashed += !server.up() || server.incarnation() > 1;
    EXPECT_LE(crashed, 1);
    for (const NodeHandle client : clients) {
      EXPECT_EQ(client.incarnation(), 1u);
      EXPECT_TRUE(client.node().running());
    }
  }
}

}  // namespace
}  // namespace rehearse
