// Five nodes that send, ask and watch each other while they crash, stand still, are cut off, and
// their clocks drift.
//
// Always: what an actor gets of another is in order, each message once, and nothing behind one that
// is lost unless its sender was told; a monitor is told once at
// most, and of a panic only where there was one. And when all is healed: every ask has an answer or
// an error, and each monitor of an actor that has died was told. The same for real:
// tests/namespaces.

#include <atomic>

#include "absl/time/time.h"
#include "rehearse/actor/node.h"
#include "rehearse/sim/runner/rehearse_test.h"
#include "rehearse/tests/cluster/cluster_judge.h"
#include "rehearse/tests/cluster/members.h"

namespace rehearse::cluster {
namespace {

using sim::NodeHandle;
using sim::World;

constexpr MembersOptions kMembers;

// Judges each event as it happens.
struct Judged final : Witness {
  void Note(const Node& node, const Event& event) override {
    REHEARSE_EXPECT_EQ(judge.See(node.name(), node.incarnation(), event).ToString(), "OK");
  }

  ClusterJudge judge;
  std::atomic<Phase> phase{Phase::kBusy};
};

// Of the lives that go on.
bool AllOf(World& world, bool (ClusterJudge::*holds)(const std::string&, uint64_t) const) {
  const ClusterJudge& judge = world.Shared<Judged>().judge;
  for (const NodeHandle node : world.nodes()) {
    if (!node.up() || !(judge.*holds)(node.node().name(), node.node().incarnation())) return false;
  }
  return true;
}

REHEARSE_TEST(Cluster, KeepsItsPromisesWhateverFails) {
  auto& judged = world.Shared<Judged>();
  world.AddNodes("node", kMembers.nodes,
                 [&](Node& node) { return RunMember(node, kMembers, judged, judged.phase); });
  world.Inject(sim::Swarm{.horizon = absl::Seconds(30), .crashes_max = kMembers.nodes});
  world.RunFor(absl::Seconds(40));
  judged.phase = Phase::kRests;
  world.HealAndSettle(absl::Minutes(2),
                      [&] { return AllOf(world, &ClusterJudge::AllAsksResolved); });
  judged.phase = Phase::kDies;
  world.HealAndSettle(absl::Minutes(2), [&] { return AllOf(world, &ClusterJudge::AllDeathsTold); });
  world.RunFor(absl::Seconds(30));
  REHEARSE_EXPECT(AllOf(world, &ClusterJudge::AllDeathsTold));
  REHEARSE_EXPECT_EQ(judged.judge.JudgeWhole().ToString(), "OK");
  REHEARSE_EXPECT(judged.judge.packets() > 0);
}

}  // namespace
}  // namespace rehearse::cluster
