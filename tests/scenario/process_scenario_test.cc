// Simulated nodes that start child processes: what becomes of these with their node.

#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/host.h"
#include "rehearse/actor/node.h"
#include "rehearse/sim/world/world.h"

namespace rehearse {
namespace {

using sim::NodeHandle;
using sim::SimChild;
using sim::World;

// How often the children of all nodes have ticked, and what the nodes have read.
struct Seen {
  int ticks = 0;
  int dots = 0;
  int ended = 0;
};

// Ticks once a second.
sim::Executable Ticker(World& world) {
  return [&seen = world.Shared<Seen>()](SimChild& child) {
    while (Sleep(absl::Seconds(1)).ok()) {
      ++seen.ticks;
      if (!child.Write(ProcessOutput::kOut, ".").ok()) return 1;
    }
    return 0;
  };
}

// Starts the ticker and reads it, until it ends.
Program Reader(World& world) {
  return [&seen = world.Shared<Seen>()](Node& node) -> absl::Status {
    auto ticker = ProcessesOf(node).Start({.program = "/bin/ticker"});
    if (!ticker.ok()) return ticker.status();
    while (true) {
      std::string dots;
      const auto count = (*ticker)->Read(ProcessOutput::kOut, 100, dots, Instant::Infinite());
      if (!count.ok()) return count.status();
      seen.dots += static_cast<int>(*count);
      if (*count == 0) break;
    }
    ++seen.ended;
    return absl::OkStatus();
  };
}

class ProcessScenario : public testing::Test {
 public:
  ProcessScenario() { world_.AddExecutable("/bin/ticker", Ticker(world_)); }
  Seen& seen() { return world_.Shared<Seen>(); }

  World world_{{.seed = 5}};
};

TEST_F(ProcessScenario, AChildRunsAndIsRead) {
  world_.AddNode("node", Reader(world_));
  world_.RunFor(absl::Milliseconds(10500));
  EXPECT_EQ(seen().ticks, 10);
  EXPECT_EQ(seen().dots, 10);
}

TEST_F(ProcessScenario, ItEndsWithItsNodesLifeAndTheNextStartsAnother) {
  const NodeHandle node = world_.AddNode("node", Reader(world_));
  world_.RunFor(absl::Milliseconds(3500));
  world_.Crash(node);
  world_.RunFor(absl::Seconds(10));
  EXPECT_EQ(seen().ticks, 3);
  world_.Restart(node);
  world_.RunFor(absl::Milliseconds(2500));
  EXPECT_EQ(seen().ticks, 5);
}

TEST_F(ProcessScenario, ANodeThatEndsInGoodOrderTakesItAlong) {
  const NodeHandle node = world_.AddNode("node", Reader(world_));
  world_.RunFor(absl::Milliseconds(3500));
  world_.Stop(node);
  world_.RunFor(absl::Seconds(10));
  EXPECT_FALSE(node.up());
  EXPECT_EQ(seen().ticks, 3);
  EXPECT_FALSE(world_.failed());
}

TEST_F(ProcessScenario, APausedNodesChildrenStandStill) {
  const NodeHandle node = world_.AddNode("node", Reader(world_));
  world_.RunFor(absl::Milliseconds(3500));
  world_.Pause(node);
  world_.RunFor(absl::Seconds(10));
  EXPECT_EQ(seen().ticks, 3);
}

}  // namespace
}  // namespace rehearse
