#include "rehearse/sim/property/check.h"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "rehearse/actor/actor.h"
#include "rehearse/actor/node.h"
#include "rehearse/sim/property/generators.h"
#include "rehearse/sim/runner/expect.h"

namespace rehearse::sim {
namespace {

using Workload = std::vector<std::vector<int>>;

absl::Status Idle(Node&) { return absl::OkStatus(); }

const Swarm kSwarm = {.horizon = absl::Seconds(10), .victims = "server"};
const std::vector<std::string> kNodes = {"server-1", "server-2", "server-3", "client-1"};

auto PlansAndWorkloads() {
  return Given(FaultPlans(kSwarm, kNodes), Workloads(rc::gen::inRange(0, 10), 2, 30));
}

// A "bug" that needs a restart of server-1, and a client that says 7.
void FailsAfterRestartAndSeven(World& world, const FaultPlan& plan, const Workload& workload) {
  world.AddNodes("server", 3, Idle);
  world.AddNode("client-1", Idle);
  world.Inject(plan);
  world.RunFor(absl::Seconds(30));
  bool seven = false;
  for (const std::vector<int>& commands : workload) {
    seven = seven || std::count(commands.begin(), commands.end(), 7) > 0;
  }
  REHEARSE_EXPECT(!seven || world.nodes()[0].incarnation() == 1) << "seven after a restart";
}

size_t CommandsIn(const Workload& workload) {
  return std::accumulate(workload.begin(), workload.end(), size_t{0},
                         [](size_t sum, const auto& commands) { return sum + commands.size(); });
}

TEST(CheckTest, ShrinksToTheFaultsAndCommandsThatMatter) {
  const auto found = FindCounterexample(PlansAndWorkloads(), &FailsAfterRestartAndSeven);
  ASSERT_TRUE(found.has_value());
  EXPECT_TRUE(found->smallest);
  EXPECT_EQ(found->result.verdict, Verdict::kSafety);
  EXPECT_NE(found->result.reason.find("seven after a restart"), std::string::npos);
  const FaultPlan& plan = std::get<0>(found->drawn);
  ASSERT_EQ(plan.faults.size(), 2u) << plan.ToString();
  EXPECT_EQ(plan.faults[0].nodes, std::vector<std::string>{"server-1"});
  EXPECT_EQ(plan.faults[1].kind, Fault::Kind::kRestart);
  EXPECT_EQ(CommandsIn(std::get<1>(found->drawn)), 1u);
}

TEST(CheckTest, FindsTheSameAgain) {
  const auto once = FindCounterexample(PlansAndWorkloads(), &FailsAfterRestartAndSeven);
  const auto again = FindCounterexample(PlansAndWorkloads(), &FailsAfterRestartAndSeven);
  ASSERT_TRUE(once.has_value() && again.has_value());
  EXPECT_EQ(once->world_seed, again->world_seed);
  EXPECT_EQ(once->cases, again->cases);
  EXPECT_EQ(once->shrinks, again->shrinks);
  EXPECT_EQ(once->result.hash, again->result.hash);
  EXPECT_EQ(std::get<0>(once->drawn).ToString(), std::get<0>(again->drawn).ToString());
}

TEST(CheckTest, GoodCasesSayNothing) {
  Check(PlansAndWorkloads(),
        [](World& world, const FaultPlan& plan, const Workload&) {
          world.AddNodes("server", 3, Idle);
          world.AddNode("client-1", Idle);
          world.Inject(plan);
          world.RunFor(absl::Seconds(30));
        },
        {.cases = 20});
}

TEST(CheckTest, AFailureIsReportedWithCodeThatPlaysItAgain) {
  EXPECT_NONFATAL_FAILURE(Check(PlansAndWorkloads(), &FailsAfterRestartAndSeven),
                          "rehearse::sim::PlanOf(R\"(");
  const FaultPlan plan = PlanOf(R"(
    1s crash server-1
    2s restart server-1
  )");
  EXPECT_NONFATAL_FAILURE(PlayAgain(0x2a, &FailsAfterRestartAndSeven, plan, Workload{{7}}),
                          "seven after a restart");
  PlayAgain(0x2a, &FailsAfterRestartAndSeven, plan, Workload{{6}});
  PlayAgain(0x2a, &FailsAfterRestartAndSeven, FaultPlan{}, Workload{{7}});
}

TEST(CheckTest, WhatIsPrintedIsWhatWasPlayed) {
  const auto found = FindCounterexample(PlansAndWorkloads(), &FailsAfterRestartAndSeven);
  ASSERT_TRUE(found.has_value());
  const std::string code = AsCode(std::get<0>(found->drawn));
  const size_t begin = code.find('(', code.find("R\"")) + 1;
  const FaultPlan read = PlanOf(code.substr(begin, code.rfind(")\"") - begin));
  const auto again = internal::PlayDrawn(found->world_seed, &FailsAfterRestartAndSeven,
                                         std::tuple(read, std::get<1>(found->drawn)), {});
  EXPECT_EQ(again.hash, found->result.hash);
  EXPECT_EQ(again.reason, found->result.reason);
}

TEST(CheckTest, ACrashIsAResultAndShrinks) {
  const auto found = FindCounterexample(Given(Workloads(rc::gen::inRange(0, 10), 1, 30)),
                                        [](World&, const Workload& workload) {
                                          if (CommandsIn(workload) > 2) std::abort();
                                        });
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->result.verdict, Verdict::kCrash);
  EXPECT_EQ(CommandsIn(std::get<0>(found->drawn)), 3u);
}

TEST(CheckTest, ShrinkingIsBounded) {
  const auto found = FindCounterexample(PlansAndWorkloads(), &FailsAfterRestartAndSeven,
                                        CheckOptions{.shrinks_max = 3});
  ASSERT_TRUE(found.has_value());
  EXPECT_FALSE(found->smallest);
  EXPECT_EQ(found->shrinks, 3);
}

TEST(GeneratorsTest, TopologiesShrinkToTheLeast) {
  const auto found = FindCounterexample(
      Given(Topologies({.servers = 3, .clients = 1}, {.servers = 7, .clients = 4})),
      [](World& world, const Topology& topology) {
        world.AddNodes("server", topology.servers, Idle);
        REHEARSE_EXPECT(topology.servers < 5) << "five servers";
      });
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(AsCode(std::get<0>(found->drawn)),
            "rehearse::sim::Topology{.servers = 5, .clients = 1}");
}

TEST(GeneratorsTest, APlanIsCutToTheNodesThatThereAre) {
  const FaultPlan plan = PlanOf(R"(
    1s crash server-3
    2s partition server-1 server-3 | server-2
    3s partition server-1 | server-3
    4s heal
  )");
  EXPECT_EQ(Among({"server-1", "server-2"}, plan).ToString(),
            PlanOf("2s partition server-1 | server-2\n4s heal").ToString());
}

TEST(GeneratorsTest, APlanThatIsNoneFailsTheTest) {
  EXPECT_NONFATAL_FAILURE(PlanOf("1s explode server-1"), "plan:1:4: expected");
}

}  // namespace
}  // namespace rehearse::sim
