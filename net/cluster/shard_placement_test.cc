#include "rehearse/net/cluster/shard_placement.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace rehearse::net {
namespace {

std::vector<std::string> Nodes(int count) {
  std::vector<std::string> nodes;
  for (int i = 1; i <= count; ++i) nodes.push_back(absl::StrCat("node-", i));
  return nodes;
}

// By name, of each shard.
std::vector<std::string> HomesOf(size_t shards, const std::vector<std::string>& nodes) {
  std::vector<std::string> homes;
  for (const size_t home : PlaceShards("carts", shards, nodes)) homes.push_back(nodes[home]);
  return homes;
}

std::map<std::string, int> LoadOf(const std::vector<std::string>& homes) {
  std::map<std::string, int> load;
  for (const std::string& home : homes) ++load[home];
  return load;
}

TEST(ShardPlacementTest, NobodyIsHomeWhereThereAreNoNodes) {
  EXPECT_TRUE(PlaceShards("carts", 64, {}).empty());
}

TEST(ShardPlacementTest, IsTheSameInEveryBuild) {
  EXPECT_EQ(PlaceShards("carts", 16, Nodes(5)),
            (std::vector<size_t>{0, 0, 0, 3, 4, 2, 1, 1, 1, 0, 3, 3, 1, 2, 2, 4}));
  EXPECT_EQ(ShardOf("", 64), 61u);
  EXPECT_EQ(ShardOf("alice", 64), 49u);
  EXPECT_EQ(ShardOf("bob", 64), 27u);
}

TEST(ShardPlacementTest, TheOrderOfNodesDoesNotMatter) {
  std::vector<std::string> nodes = Nodes(7);
  const std::vector<std::string> homes = HomesOf(64, nodes);
  do {
    std::rotate(nodes.begin(), nodes.begin() + 1, nodes.end());
    std::swap(nodes[0], nodes[3]);
    EXPECT_EQ(HomesOf(64, nodes), homes);
  } while (nodes[0] != "node-1");
}

TEST(ShardPlacementTest, KindsOfActorsArePlacedApart) {
  EXPECT_NE(PlaceShards("carts", 64, Nodes(5)), PlaceShards("users", 64, Nodes(5)));
}

TEST(ShardPlacementTest, ANodeThatComesTakesItsShareAndNothingElseMoves) {
  for (int count = 1; count < 20; ++count) {
    const std::vector<std::string> before = HomesOf(1000, Nodes(count));
    const std::vector<std::string> after = HomesOf(1000, Nodes(count + 1));
    int moved = 0;
    for (size_t shard = 0; shard < before.size(); ++shard) {
      if (before[shard] == after[shard]) continue;
      EXPECT_EQ(after[shard], absl::StrCat("node-", count + 1));
      ++moved;
    }
    EXPECT_NEAR(moved, 1000 / (count + 1), 60) << count;
  }
}

TEST(ShardPlacementTest, OfANodeThatGoesWhatItHadIsSpread) {
  std::vector<std::string> nodes = Nodes(6);
  const std::vector<std::string> before = HomesOf(1000, nodes);
  nodes.erase(nodes.begin() + 2);
  const std::vector<std::string> after = HomesOf(1000, nodes);
  std::map<std::string, int> heirs;
  for (size_t shard = 0; shard < before.size(); ++shard) {
    if (before[shard] == "node-3") {
      ++heirs[after[shard]];
    } else {
      EXPECT_EQ(before[shard], after[shard]);
    }
  }
  EXPECT_EQ(heirs.size(), 5u);
}

TEST(ShardPlacementTest, EachNodeHasAboutAsMuchAsTheOthers) {
  for (const auto& [node, load] : LoadOf(HomesOf(1000, Nodes(5)))) {
    EXPECT_NEAR(load, 200, 40) << node;
  }
  const std::map<std::string, int> of_few = LoadOf(HomesOf(64, Nodes(5)));
  EXPECT_EQ(of_few.size(), 5u);
  for (const auto& [node, load] : of_few) EXPECT_LE(load, 2 * 64 / 5) << node;
}

TEST(ShardPlacementTest, KeysAreSpreadOverTheShards) {
  std::vector<int> load(64);
  for (int key = 0; key < 64'000; ++key) ++load[ShardOf(absl::StrCat("user-", key), 64)];
  EXPECT_GT(*std::min_element(load.begin(), load.end()), 850);
  EXPECT_LT(*std::max_element(load.begin(), load.end()), 1150);
}

}  // namespace
}  // namespace rehearse::net
