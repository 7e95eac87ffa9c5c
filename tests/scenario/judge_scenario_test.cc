// What the world itself finds wrong: invariants after each step, and the oracles at a run's end.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "rehearse/actor/actor.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/reply.h"
#include "rehearse/sim/fault/plan_text.h"
#include "rehearse/sim/world/oracles.h"
#include "rehearse/sim/world/world.h"

namespace rehearse {
namespace {

using sim::NodeHandle;
using sim::RunResult;
using sim::Verdict;
using sim::World;

absl::Status Idle(Node&) { return absl::OkStatus(); }

struct Count {};

class Counter : public Actor {
 public:
  explicit Counter(int* count) : count_(count) {}
  void Handle(const Count&) { ++*count_; }

 private:
  int* const count_;
};

TEST(InvariantScenarioTest, FailsAtTheStepThatBreaksIt) {
  World world({.seed = 1});
  int count = 0;
  world.AddNode("node", [&count](Node& node) -> absl::Status {
    auto counter = node.Spawn<Counter>(&count);
    for (int i = 0; i < 100; ++i) {
      counter.Tell(Count{});
      if (absl::Status status = Sleep(absl::Seconds(1)); !status.ok()) return status;
    }
    return absl::OkStatus();
  });
  world.Invariant("fewer than five", [&count] { return count < 5; });
  world.RunFor(absl::Minutes(5));
  EXPECT_EQ(count, 5);  // the run ended there
  const RunResult result = world.Finish();
  EXPECT_EQ(result.verdict, Verdict::kSafety);
  EXPECT_EQ(result.reason, "the invariant was broken: fewer than five");
  EXPECT_LT(result.virtual_time, Instant() + absl::Seconds(5));
}

struct Ask {};

// Keeps what it should answer.
class Hoarder : public Actor {
 public:
  void Handle(const Ask&, Reply<int> reply) { kept_.push_back(std::move(reply)); }

 private:
  std::vector<Reply<int>> kept_;
};

absl::Status AskOne(Node& node) { return node.Spawn<Hoarder>().Ask(Ask{}).status(); }

TEST(OracleScenarioTest, WhoWaitsForAnAnswerThatNeverComesIsNamed) {
  World world({.seed = 1});
  world.AddNode("bank", AskOne);
  world.RunFor(absl::Hours(1));
  const RunResult result = world.Finish();
  EXPECT_EQ(result.verdict, Verdict::kLiveness);
  EXPECT_NE(result.reason.find("deadlock: nothing can happen any more, and"), std::string::npos)
      << result.reason;
  EXPECT_NE(result.reason.find("waits in Ask"), std::string::npos) << result.reason;
  EXPECT_NE(result.reason.find("bank"), std::string::npos) << result.reason;
}

TEST(OracleScenarioTest, WhoMayYetBeAnsweredIsNotInADeadlock) {
  World world({.seed = 1});
  world.AddNode("bank", AskOne);
  world.AddNode("clock", [](Node&) { return Sleep(absl::Hours(2)); });
  world.RunFor(absl::Hours(1));
  EXPECT_EQ(world.Finish().verdict, Verdict::kGood);
}

TEST(OracleScenarioTest, APausedNodeIsInNoDeadlock) {
  World world({.seed = 1});
  const NodeHandle bank = world.AddNode("bank", AskOne);
  world.RunFor(absl::Seconds(1));
  world.Pause(bank);
  world.RunFor(absl::Hours(1));
  EXPECT_EQ(world.Finish().verdict, Verdict::kGood);
}

TEST(OracleScenarioTest, BeyondToleranceNobodyHasToGoOn) {
  World world({.seed = 1});
  world.AddNode("bank", AskOne);
  world.JudgeSafetyOnly();
  world.HealAndSettle(absl::Seconds(1), [] { return false; });
  EXPECT_EQ(world.Finish().verdict, Verdict::kGood);
}

TEST(OracleScenarioTest, MailThatNobodyHandlesIsFound) {
  World world({.seed = 1});
  int count = 0;
  ActorRef<Counter> counter;
  const NodeHandle node = world.AddNode("node", [&](Node& n) -> absl::Status {
    counter = n.Spawn<Counter>(&count);
    return absl::OkStatus();
  });
  world.RunFor(absl::Seconds(1));
  Worker& worker = node.node().scheduler().worker(0);
  EXPECT_TRUE(sim::AtRest(worker));
  EXPECT_EQ(sim::FindLostMessage(node.node(), worker), "");
  // A node that is paused has mail and does not handle it: the same to see as a lost wake-up.
  world.Pause(node);
  counter.Tell(Count{});
  world.RunFor(absl::Seconds(1));
  EXPECT_NE(sim::FindLostMessage(node.node(), worker).find("lost message: "), std::string::npos);
  counter = {};
}

struct Ball {
  ActorRef<class Player> from;
};

class Player : public Actor {
 public:
  void Handle(const Ball& ball) { ball.from.Tell(Ball{Self(this)}); }
};

TEST(OracleScenarioTest, AWorldThatNeverRestsIsStoppedAndWhoKeepsItGoingNamed) {
  World world({.seed = 1});
  world.AddNode("court", [](Node& node) {
    node.Spawn<Player>().Tell(Ball{node.Spawn<Player>()});
    return absl::OkStatus();
  });
  world.RunFor(absl::Hours(1));
  const RunResult result = world.Finish();
  EXPECT_EQ(result.verdict, Verdict::kLiveness);
  EXPECT_NE(result.reason.find("the run does not come to rest: 10000000 steps without waiting"),
            std::string::npos)
      << result.reason;
  EXPECT_NE(result.reason.find("court #"), std::string::npos) << result.reason;
  EXPECT_NE(result.reason.find("Ball"), std::string::npos) << result.reason;
  EXPECT_LT(result.virtual_time, Instant() + absl::Seconds(2));
}

TEST(BudgetScenarioTest, PlansLeaveAsManyUpAsTheBudgetSays) {
  World world({.seed = 1});
  const sim::NodeGroup servers = world.AddNodes("server", 3, Idle);
  world.KeepUp(servers, 2);
  size_t least = 3;
  world.Invariant("a look", [&] {
    size_t up = 0;
    for (const NodeHandle server : servers) up += server.up() && server.node().running() ? 1 : 0;
    least = std::min(least, up);
    return true;
  });
  world.Inject(*sim::ParseFaultPlan("plan", R"(
    1s crash server-1
    2s pause server-2
    3s crash silently server-3
    4s restart server-1
    5s power failure server-2 server-3
  )"));
  world.RunFor(absl::Seconds(10));
  EXPECT_EQ(least, 2u);
  EXPECT_EQ(servers[0].incarnation(), 2u);  // the first of them was allowed
  EXPECT_FALSE(servers[1].up());            // and the first of the last two
  EXPECT_TRUE(servers[2].up());
}

TEST(CoreScenarioTest, ACoreIsHealedAndTheRestStaysAsItIs) {
  World world({.seed = 1});
  const sim::NodeGroup servers = world.AddNodes("server", 3, Idle);
  world.Partition({servers[0]}, {servers[1], servers[2]});
  world.Pause(servers[1]);
  world.Crash(servers[2]);
  world.HealAndSettle(absl::Seconds(1), [&] { return servers[1].node().running(); },
                      {servers[0], servers[1]});
  EXPECT_FALSE(servers[2].up());
  EXPECT_TRUE(servers[1].node().running());
  EXPECT_EQ(world.Finish().verdict, Verdict::kGood);
}

}  // namespace
}  // namespace rehearse
