// Signals that a test raises at simulated nodes: told, taken, or left to their usual course.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/signals.h"
#include "rehearse/sim/world/world.h"

namespace rehearse {
namespace {

using sim::NodeHandle;
using sim::World;
using Words = std::vector<std::string>;

// What the node's actor heard, over all its lives.
struct Heard {
  Words words;
};

class Ear : public Actor {
 public:
  explicit Ear(World* world) : heard_(world->Shared<Heard>()) {}
  void Handle(const Signal& signal) { heard_.words.emplace_back(SignalName(signal)); }
  // Long enough for a test to look in between.
  void OnStop(const ExitReason&) override {
    (void)Sleep(absl::Seconds(1));
    heard_.words.emplace_back("the end");
  }

 private:
  Heard& heard_;
};

class SignalScenario : public testing::Test {
 public:
  // Of a node whose actor listens for `signals`.
  NodeHandle Add(std::vector<Signal> signals) {
    const NodeHandle node = world_.AddNode("node", [this, signals](Node& node) {
      const auto ear = node.Spawn<Ear>(&world_);
      for (const Signal signal : signals) SignalsOf(node).Subscribe(signal, ear);
      return absl::OkStatus();
    });
    world_.RunFor(absl::Milliseconds(10));
    return node;
  }
  void Raise(NodeHandle node, Signal signal, absl::Duration then = absl::Milliseconds(10)) {
    world_.Raise(node, signal);
    world_.RunFor(then);
  }
  const Words& heard() { return world_.Shared<Heard>().words; }

  World world_{{.seed = 1}};
};

TEST_F(SignalScenario, ActorsHearThoseTheySubscribedTo) {
  const NodeHandle node = Add({Signal::kHangUp, Signal::kTerminate});
  Raise(node, Signal::kHangUp);
  Raise(node, Signal::kTerminate);
  EXPECT_EQ(heard(), (Words{"SIGHUP", "SIGTERM"}));
  EXPECT_TRUE(node.up());
}

TEST_F(SignalScenario, ATerminateThatNobodyTakesEndsTheNodeInGoodOrder) {
  const NodeHandle node = Add({Signal::kHangUp});
  Raise(node, Signal::kTerminate, absl::Seconds(5));
  EXPECT_FALSE(node.up());
  EXPECT_EQ(heard(), (Words{"the end"}));
  EXPECT_FALSE(world_.failed());
}

TEST_F(SignalScenario, ASecondTerminateEndsItAtOnce) {
  const NodeHandle node = Add({});
  Raise(node, Signal::kTerminate);
  EXPECT_TRUE(node.up());
  Raise(node, Signal::kHangUp);
  EXPECT_TRUE(node.up());
  Raise(node, Signal::kInterrupt);
  EXPECT_FALSE(node.up());
  EXPECT_EQ(heard(), Words());
}

TEST_F(SignalScenario, AHangUpThatNobodyTakesIsACrash) {
  const NodeHandle node = Add({Signal::kTerminate});
  Raise(node, Signal::kHangUp);
  EXPECT_FALSE(node.up());
  world_.HealAndSettle(absl::Seconds(1), [&] { return node.up(); });
  EXPECT_EQ(node.incarnation(), 2u);
  EXPECT_EQ(heard(), Words());
}

TEST_F(SignalScenario, APausedNodeHearsItWhenItGoesOn) {
  const NodeHandle node = Add({Signal::kUser1});
  world_.Pause(node);
  Raise(node, Signal::kUser1, absl::Seconds(1));
  EXPECT_EQ(heard(), Words());
  world_.Resume(node);
  world_.RunFor(absl::Milliseconds(10));
  EXPECT_EQ(heard(), (Words{"SIGUSR1"}));
}

TEST_F(SignalScenario, ItIsInTheTraceAndANodeThatIsDownHearsNone) {
  const NodeHandle node = Add({Signal::kUser2});
  Raise(node, Signal::kUser2);
  world_.Crash(node);
  Raise(node, Signal::kUser2);
  int told = 0;
  for (const std::string& line : world_.Finish().last_events) {
    if (absl::StrContains(line, "node fault SIGUSR2")) ++told;
  }
  EXPECT_EQ(told, 1);
  EXPECT_EQ(heard(), (Words{"SIGUSR2"}));
}

}  // namespace
}  // namespace rehearse
