// A test that plays a World from many seeds.
//
//   REHEARSE_TEST(CounterCluster, CountsEveryAcknowledgedIncrement) {
//     auto servers = world.AddNodes("server", 3, Program);
//     world.RunFor(absl::Minutes(10));
//     REHEARSE_EXPECT_EQ(...);
//   }
//
// `bazel test` plays ten fixed seeds; the binary with --seeds=100000 --jobs=8 is a campaign, and
// --help says the rest. Each seed is a process of its own, so that a crash ends that seed alone.
// Link //sim/runner:rehearse_main.

#ifndef REHEARSE_SIM_RUNNER_REHEARSE_TEST_H_
#define REHEARSE_SIM_RUNNER_REHEARSE_TEST_H_

#include <functional>

#include "rehearse/sim/runner/expect.h"
#include "rehearse/sim/runner/flags.h"
#include "rehearse/sim/runner/sim_test.h"
#include "rehearse/sim/world/world.h"

namespace rehearse::sim {

// Plays `body` in a World made from the options. What leaves the body by an exception fails the
// seed.
SeedFunction PlayWorld(std::function<void(World& world)> body);

}  // namespace rehearse::sim

#define REHEARSE_TEST(test_suite, test_name)                                          \
  static void RehearseBody_##test_suite##_##test_name(::rehearse::sim::World& world); \
  [[maybe_unused]] static const bool rehearse_registered_##test_suite##_##test_name = \
      ::rehearse::sim::RegisterSimTest(                                               \
          {#test_suite, #test_name, __FILE__, __LINE__,                               \
           ::rehearse::sim::PlayWorld(&RehearseBody_##test_suite##_##test_name)});    \
  static void RehearseBody_##test_suite##_##test_name(                                \
      [[maybe_unused]] ::rehearse::sim::World& world)

#endif  // REHEARSE_SIM_RUNNER_REHEARSE_TEST_H_
