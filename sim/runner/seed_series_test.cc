#include "rehearse/sim/runner/seed_series.h"

#include <gtest/gtest.h>

#include <set>

namespace rehearse::sim {
namespace {

TEST(SeedSeriesTest, IsPinned) {
  // A seed that is written down must be found again in a later build.
  EXPECT_EQ(Hex(SeedOf("Suite", "Name", 0)), Hex(SeedOf("Suite", "Name", 0)));
  EXPECT_EQ(Hex(SeedOf("Suite", "Name", 0)), "0x4126c03355b70df4");
  EXPECT_EQ(Hex(SeedOf("Suite", "Name", 999)), "0x0f8fd5c765a702c2");
}

TEST(SeedSeriesTest, SeedsAndTestsDiffer) {
  std::set<uint64_t> seeds;
  for (uint64_t i = 0; i < 10000; ++i) seeds.insert(SeedOf("Suite", "Name", i));
  for (uint64_t i = 0; i < 10000; ++i) seeds.insert(SeedOf("Suite", "Other", i));
  EXPECT_EQ(seeds.size(), 20000u);
}

TEST(SeedSeriesTest, HexHasAllDigits) { EXPECT_EQ(Hex(255), "0x00000000000000ff"); }

TEST(ShardTest, EachPairIsPlayedByOneShard) {
  for (uint64_t pair = 0; pair < 100; ++pair) {
    int players = 0;
    for (uint64_t index = 0; index < 7; ++index) players += Shard{index, 7}.Plays(pair) ? 1 : 0;
    EXPECT_EQ(players, 1) << pair;
  }
}

}  // namespace
}  // namespace rehearse::sim
