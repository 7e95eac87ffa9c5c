// Bazel's shards: each plays its share of the (test, seed) pairs.
//
// GoogleTest would leave out whole tests by itself, and what it leaves out plays no seed.

#ifndef REHEARSE_SIM_RUNNER_SHARDING_H_
#define REHEARSE_SIM_RUNNER_SHARDING_H_

#include "absl/status/statusor.h"
#include "rehearse/sim/runner/seed_series.h"

namespace rehearse::sim {

// Reads TEST_TOTAL_SHARDS and TEST_SHARD_INDEX (or GTEST_…, where only those are set), touches
// TEST_SHARD_STATUS_FILE to say that it did, and hides GoogleTest's own from it. Before
// InitGoogleTest.
//   kInvalidArgument  these are no shard
absl::StatusOr<Shard> TakeShard();

// Plain tests have no seeds: each runs in one shard. After InitGoogleTest.
void LeaveOutPlainTestsOfOthers(const Shard& shard);

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_RUNNER_SHARDING_H_
