// Nodes that gossip about each other while they crash, stand still, are cut off, and their clocks
// drift.
//
// Always: each node is told of another's lives in turn, and of the end of each once. And when all
// is healed, all know the same: those that are there, and nobody else.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/mark.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/membership/gossip_members.h"
#include "rehearse/net/membership/members.h"
#include "rehearse/sim/runner/rehearse_test.h"

namespace rehearse {
namespace {

using net::Member;
using net::MemberChange;
using net::MembersOf;
using sim::NodeHandle;
using sim::World;

Node& NodeOf(World& world, absl::string_view name) {
  for (const NodeHandle node : world.nodes()) {
    if (node.name() == name) return node.node();
  }
  throw std::logic_error("no such node");
}

std::string AddressOf(absl::string_view name) { return absl::StrCat("/sim/", name); }

net::GossipOptions OptionsOf(const Node& node) {
  return {.address = AddressOf(node.name()),
          .bootstrap = {AddressOf("node-1"), AddressOf("node-2")}};
}

// What one node was told of another.
struct Told {
  bool present = false;
  uint64_t life = 0;
};

void Judge(Told& told, const MemberChange& change) {
  using Kind = MemberChange::Kind;
  const Member& member = change.member;
  REHEARSE_EXPECT_EQ(told.present, change.kind != Kind::kJoined);
  REHEARSE_EXPECT(change.kind == Kind::kJoined ? member.life >= told.life
                                               : member.life == told.life);
  told.present = change.kind != Kind::kDied && change.kind != Kind::kLeft;
  told.life = member.life;
  REHEARSE_SOMETIMES(change.kind == Kind::kTrusted, "a suspicion was refuted");
  REHEARSE_SOMETIMES(change.kind == Kind::kDied, "a death is told");
}

// Watches the others, and says so if it is told what cannot be.
absl::Status RunMember(Node& node) {
  net::JoinCluster(node, OptionsOf(node));
  const std::unique_ptr<net::MemberWatch> watch = MembersOf(node).Watch();
  std::map<std::string, Told> told;
  while (true) {
    const absl::StatusOr<MemberChange> change = watch->Next(node.DeadlineIn(absl::Seconds(30)));
    if (absl::IsDeadlineExceeded(change.status())) continue;
    if (!change.ok()) return absl::OkStatus();
    Judge(told[change->member.name], *change);
  }
}

// Each node that is up knows all that are, in their present lives, and nobody else as present.
bool AllAgree(World& world) {
  std::map<std::string, Member> up;
  for (const NodeHandle node : world.nodes()) {
    if (!node.up()) continue;
    const auto* const members = node.node().Find<net::Members>();
    if (members == nullptr) return false;  // it has just begun
    up.emplace(node.name(), members->Self());
  }
  for (const auto& [name, self] : up) {
    size_t known = 0;
    for (const Member& member : MembersOf(NodeOf(world, name)).View()) {
      if (!member.present()) continue;
      const auto at = up.find(member.name);
      if (at == up.end() || at->second != member) return false;
      ++known;
    }
    if (known != up.size()) return false;
  }
  return true;
}

// The same, looked at twice a second.
std::function<bool()> AgreementOf(World& world) {
  return [&world, next = world.now()]() mutable {
    if (world.now() < next) return false;
    next = world.now() + absl::Milliseconds(500);
    return AllAgree(world);
  };
}

void Play(World& world, int nodes) {
  world.AddNodes("node", nodes, RunMember);
  REHEARSE_EXPECT(world.RunUntil(AgreementOf(world), absl::Seconds(60)));
}

REHEARSE_TEST(Membership, AllAgreeOnceFaultsEnd) {
  world.AddNodes("node", 5, RunMember);
  world.Inject(sim::Swarm{.horizon = absl::Seconds(60), .crashes_max = 5});
  world.RunFor(absl::Seconds(80));
  world.HealAndSettle(absl::Minutes(3), AgreementOf(world));
  world.RunFor(absl::Seconds(30));
  REHEARSE_EXPECT(AllAgree(world));
}

REHEARSE_TEST(Membership, TwelveNodesAgreeOnceFaultsEnd) {
  world.AddNodes("node", 12, RunMember);
  world.Inject(sim::Swarm{.horizon = absl::Seconds(60), .crashes_max = 12});
  world.RunFor(absl::Seconds(80));
  world.HealAndSettle(absl::Minutes(3), AgreementOf(world));
}

REHEARSE_TEST(Membership, WhoEndsIsKnownToHaveLeft) {
  Play(world, 5);
  const NodeHandle leaver = world.nodes()[2];
  world.Stop(leaver);
  REHEARSE_EXPECT(world.RunUntil(
      [&] {
        for (const NodeHandle node : world.nodes()) {
          if (node == leaver) continue;
          for (const Member& member : MembersOf(node.node()).View()) {
            if (member.name == leaver.name() && member.state != net::MemberState::kLeft) {
              return false;
            }
          }
        }
        return true;
      },
      absl::Seconds(10)));
  world.Restart(leaver);
  REHEARSE_EXPECT(world.RunUntil(AgreementOf(world), absl::Seconds(30)));
}

REHEARSE_TEST(Membership, TwoHalvesBecomeOneAgain) {
  Play(world, 6);
  const sim::NodeGroup all = world.nodes();
  world.Partition({all.begin(), all.begin() + 3}, {all.begin() + 3, all.end()});
  world.RunFor(absl::Minutes(3));
  REHEARSE_EXPECT(!AllAgree(world));
  world.Heal();
  REHEARSE_EXPECT(world.RunUntil(AgreementOf(world), absl::Minutes(2)));
}

}  // namespace
}  // namespace rehearse
