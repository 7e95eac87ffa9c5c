// Rare paths and knobs: off unless somebody turns them on, then the same for a seed, and other ones
// for another.

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "rehearse/actor/actor.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/rare_paths.h"
#include "rehearse/sim/world/world.h"

namespace rehearse {
namespace {

using sim::World;

constexpr int kTimes = 400;

// How often each of some places fired, and what a knob was on each node.
struct Seen {
  std::vector<int> fired = std::vector<int>(6);
  std::vector<int64_t> knobs;
};

Program Rare(World& world) {
  return [&seen = world.Shared<Seen>()](Node&) -> absl::Status {
    seen.knobs.push_back(Knob("batch", 10, {1, 1000}));
    for (int i = 0; i < kTimes; ++i) {
      seen.fired[0] += REHEARSE_BUGGIFY();
      seen.fired[1] += REHEARSE_BUGGIFY();
      seen.fired[2] += REHEARSE_BUGGIFY();
      seen.fired[3] += REHEARSE_BUGGIFY();
      seen.fired[4] += REHEARSE_BUGGIFY();
      seen.fired[5] += REHEARSE_BUGGIFY();
    }
    return absl::OkStatus();
  };
}

Seen Play(uint64_t seed, bool on) {
  World world({.seed = seed});
  world.AddNodes("node", 2, Rare(world));
  if (on) world.TakeRarePaths(true);
  world.RunFor(absl::Seconds(1));
  EXPECT_FALSE(world.failed());
  return world.Shared<Seen>();
}

TEST(RarePathsScenario, NoneIsTakenUnlessTheyAreTurnedOn) {
  const Seen seen = Play(1, false);
  EXPECT_EQ(seen.fired, std::vector<int>(6));
  EXPECT_EQ(seen.knobs, (std::vector<int64_t>{10, 10}));
}

TEST(RarePathsScenario, AQuarterOfThePlacesFireAQuarterOfTheTimes) {
  int active = 0;
  int fired = 0;
  constexpr int kSeeds = 100;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    for (const int times : Play(seed, true).fired) {
      active += times != 0;
      fired += times;
    }
  }
  EXPECT_NEAR(active, kSeeds * 6 / 4, kSeeds / 3);
  EXPECT_NEAR(fired, active * 2 * kTimes / 4, active * kTimes / 10);
}

TEST(RarePathsScenario, ASeedRepeatsThem) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    EXPECT_EQ(Play(seed, true).fired, Play(seed, true).fired);
    EXPECT_EQ(Play(seed, true).knobs, Play(seed, true).knobs);
  }
}

TEST(RarePathsScenario, AKnobIsTheSameOnAllNodesAndTurnedInSomeRuns) {
  std::map<int64_t, int> seen;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const std::vector<int64_t> knobs = Play(seed, true).knobs;
    ASSERT_EQ(knobs.size(), 2u);
    EXPECT_EQ(knobs[0], knobs[1]);
    ++seen[knobs[0]];
  }
  EXPECT_NEAR(seen[10], 150, 25);
  EXPECT_GT(seen[1], 10);
  EXPECT_GT(seen[1000], 10);
}

TEST(RarePathsScenario, ASwarmTurnsThemOnInHalfOfTheRunsAndHealingOff) {
  int on = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    World world({.seed = seed});
    world.AddNode("node", [&seen = world.Shared<Seen>()](Node&) -> absl::Status {
      while (true) {
        seen.fired[0] += REHEARSE_BUGGIFY();
        seen.fired[1] += REHEARSE_BUGGIFY();
        seen.fired[2] += REHEARSE_BUGGIFY();
        seen.fired[3] += REHEARSE_BUGGIFY();
        if (absl::Status status = Sleep(absl::Milliseconds(100)); !status.ok()) return status;
      }
    });
    world.Inject(sim::Swarm{.horizon = absl::Seconds(2), .crashes_max = 0});
    world.RunFor(absl::Seconds(5));
    world.HealAndSettle(absl::Seconds(1), [] { return true; });
    const std::vector<int> before = world.Shared<Seen>().fired;
    world.RunFor(absl::Seconds(5));
    EXPECT_EQ(world.Shared<Seen>().fired, before);
    on += before != std::vector<int>(6);
  }
  // Half of the runs, and in these one of four places is active with odds of 1 - (3/4)^4.
  EXPECT_NEAR(on, 68, 20);
}

TEST(RarePathsScenario, OutsideOfProgramsNothingIsRare) {
  World world({.seed = 1});
  world.TakeRarePaths(true);
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(REHEARSE_BUGGIFY());
  EXPECT_EQ(Knob("batch", 10, {1}), 10);
}

}  // namespace
}  // namespace rehearse
