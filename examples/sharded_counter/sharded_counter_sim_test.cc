// Five nodes that count on twelve counters, while nodes end and come back.
//
// Always: no two increments get one count from one life of a counter. When all is well: whoever
// asks is answered, and all find each counter on one node.

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "examples/sharded_counter/counters.h"
#include "examples/sharded_counter/visitor.h"
#include "rehearse/actor/mark.h"
#include "rehearse/net/crypto/testing/seeded_entropy.h"
#include "rehearse/net/membership/gossip_members.h"
#include "rehearse/net/registry/gossip_names.h"
#include "rehearse/sim/runner/rehearse_test.h"

namespace examples::sharded_counter {
namespace {

using rehearse::Node;
using rehearse::sim::NodeHandle;
using rehearse::sim::World;

constexpr int kNodes = 5;
constexpr int kKeys = 12;

// What the world's programs have in common with the test.
struct Counting {
  std::map<std::string, std::unique_ptr<rehearse::net::Identity>> identities;  // by node
  std::map<std::string, std::map<std::string, std::string>> found;  // by visitor: where each key is
  std::map<std::string, int64_t> greatest;                          // by key
  int answers = 0;
  int failures = 0;
};

std::vector<std::string> Keys() {
  std::vector<std::string> keys;
  for (int i = 0; i < kKeys; ++i) keys.push_back(absl::StrCat("key-", i));
  return keys;
}

absl::Status Count(Node& node, Counting& counting) {
  auto& identity = counting.identities[node.name()];
  if (identity == nullptr) {
    rehearse::net::SeededEntropy entropy(rehearse::HashLabel(node.name()));
    identity =
        std::make_unique<rehearse::net::Identity>(rehearse::net::Identity::Generate(entropy));
  }
  auto& members = rehearse::net::JoinCluster(node, {.address = absl::StrCat("/sim/", node.name()),
                                                    .bootstrap = {"/sim/node-1", "/sim/node-2"}});
  rehearse::net::UseGossipNames(node, members, *identity);
  const absl::StatusOr<Counters> counters = StartCounters(node);
  if (!counters.ok()) return counters.status();
  const std::string visitor = node.name();
  node.Spawn<Visitor>(
      *counters, Keys(), absl::Milliseconds(500),
      [&counting, visitor](const std::string& key, const absl::StatusOr<Counted>& counted) {
        ++(counted.ok() ? counting.answers : counting.failures);
        if (!counted.ok()) return;
        counting.found[visitor][key] = counted->node;
        REHEARSE_SOMETIMES(counted->count < counting.greatest[key], "a counter counts from zero");
        counting.greatest[key] = counted->count;
      });
  return absl::OkStatus();
}

// All that are up have found all counters, and each on the same node.
bool AllAgree(World& world, Counting& counting) {
  std::map<std::string, std::string> where;
  for (const NodeHandle node : world.nodes()) {
    if (!node.up()) continue;
    const auto& found = counting.found[node.name()];
    if (found.size() != kKeys || (!where.empty() && found != where)) return false;
    where = found;
  }
  for (const auto& [key, node] : where) {
    for (const NodeHandle other : world.nodes()) {
      if (other.name() == node && !other.up()) return false;
    }
  }
  return true;
}

std::set<std::string> HomesIn(Counting& counting, const std::string& visitor) {
  std::set<std::string> homes;
  for (const auto& [key, node] : counting.found[visitor]) homes.insert(node);
  return homes;
}

void Begin(World& world) {
  auto& counting = world.Shared<Counting>();
  world.AddNodes("node", kNodes, [&counting](Node& node) { return Count(node, counting); });
  REHEARSE_EXPECT(world.RunUntil(
      [&world, &counting] {
        return AllAgree(world, counting) && HomesIn(counting, "node-1").size() > 2;
      },
      absl::Minutes(1)));
}

REHEARSE_TEST(ShardedCounter, AreFoundOnOneNodeEachWhateverFailed) {
  auto& counting = world.Shared<Counting>();
  world.AddNodes("node", kNodes, [&counting](Node& node) { return Count(node, counting); });
  world.Inject(rehearse::sim::Swarm{.horizon = absl::Seconds(30), .crashes_max = kNodes});
  world.RunFor(absl::Seconds(40));
  counting.found.clear();
  world.HealAndSettle(absl::Minutes(3), [&world, &counting] { return AllAgree(world, counting); });
}

// A node that is told to end gives its counters to others first: whoever asks sees no failure.
REHEARSE_TEST(ShardedCounter, ANodeThatEndsGivesItsCountersToOthers) {
  auto& counting = world.Shared<Counting>();
  Begin(world);
  world.RunFor(absl::Seconds(10));
  const int failures = counting.failures;
  const NodeHandle leaver = world.nodes()[2];
  world.Raise(leaver, rehearse::Signal::kTerminate);
  REHEARSE_EXPECT(world.RunUntil([leaver] { return !leaver.up(); }, absl::Seconds(30)));
  counting.found.clear();
  REHEARSE_EXPECT(
      world.RunUntil([&world, &counting] { return AllAgree(world, counting); }, absl::Seconds(30)));
  REHEARSE_EXPECT(HomesIn(counting, "node-1").count(leaver.name()) == 0);
  REHEARSE_EXPECT_EQ(counting.failures, failures);
}

}  // namespace
}  // namespace examples::sharded_counter
