// What a test does on a node of a simulated world.

#ifndef REHEARSE_TESTS_SCENARIO_ON_NODE_H_
#define REHEARSE_TESTS_SCENARIO_ON_NODE_H_

#include <functional>

#include <gtest/gtest.h>

#include "absl/time/time.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/sim/world/world.h"

namespace rehearse::sim {

// Plays the world until `act` has returned, on a fiber of `node`; a minute at most.
inline void OnNode(World& world, NodeHandle node, const std::function<void(Node&)>& act) {
  bool done = false;
  Task::Start(node.node(), "act", [&] {
    act(node.node());
    done = true;
  }).Unref();
  ASSERT_TRUE(world.RunUntil([&] { return done; }, absl::Minutes(1)));
}

}  // namespace rehearse::sim

#endif  // REHEARSE_TESTS_SCENARIO_ON_NODE_H_
