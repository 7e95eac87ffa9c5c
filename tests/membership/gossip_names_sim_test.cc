// Names by gossip, while everything fails.
//
// Always: at the resource that a unique name guards, nobody writes after one with a greater token
// has, and no two have one token. When all is healed: all nodes give the same answer for each name,
// a unique one has one owner, and it thinks so itself; what is of the dead is gone.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/mark.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/registry/gossip_names.h"
#include "rehearse/sim/runner/rehearse_test.h"
#include "rehearse/tests/membership/cluster_member.h"
#include "tests/membership/names.h"

namespace rehearse {
namespace {

using membership_test::Note;
using sim::NodeHandle;
using sim::World;

using OwnerProtocol = Protocol<uint64_t(Note)>;

constexpr int kNodes = 5;
constexpr const char* kName = "leader";

struct Ledger {
  uint64_t greatest = 0;                    // that the resource has seen
  std::map<uint64_t, std::string> owners;   // by token: node and life
  std::map<std::string, uint64_t> holding;  // by node and life: what it takes itself to have
  int registered = 0;
  int refused = 0;     // by the resource
  bool rests = false;  // who has the name keeps it
  bool begun = false;  // all have met
};

// What must not be used by two.
bool WriteToResource(Ledger& ledger, uint64_t token, const std::string& who) {
  const auto [at, is_new] = ledger.owners.emplace(token, who);
  REHEARSE_EXPECT(is_new || at->second == who);
  if (token < ledger.greatest) {
    ++ledger.refused;
    return false;
  }
  ledger.greatest = token;
  return true;
}

class Owner : public Actor {
 public:
  uint64_t Handle(const Note& note) { return note.number; }
};

// Has the name whenever it can, writes as its owner until it is told that it is not, and now and
// then gives it up.
absl::Status Contender(Node& node, World& world) {
  auto& ledger = world.Shared<Ledger>();
  net::GossipNames& names = JoinWithNames(node, world);
  Random chance = node.random("contender");
  const std::string who = absl::StrCat(node.name(), "/", node.incarnation());
  REHEARSE_EXPECT(node.RegisterShared<OwnerProtocol>("all", node.Spawn<Owner>()).ok());
  while (true) {
    absl::Status status = Sleep(absl::Milliseconds(chance.Between(10, 2000)));
    if (!status.ok()) return status;
    if (!ledger.begun) continue;
    ActorRef<Owner> owner = node.Spawn<Owner>();
    uint64_t token = 0;
    status = node.Register<OwnerProtocol>(kName, owner, &token);
    if (absl::IsCancelled(status)) return status;
    if (!status.ok()) {
      owner.Stop();
      continue;
    }
    ++ledger.registered;
    ledger.holding[who] = token;
    const auto watch = names.Watch(kName);
    const int turns = ledger.rests ? 1'000'000 : static_cast<int>(chance.Between(1, 100));
    for (int i = 0; i < turns || ledger.rests; ++i) {
      if (!WriteToResource(ledger, token, who)) break;
      const auto change = watch->Next(node.DeadlineIn(absl::Milliseconds(100)));
      if (absl::IsCancelled(change.status())) return change.status();
      const bool is_lost =
          change.ok() && change->kind == NameChange::Kind::kDown && change->location.token == token;
      REHEARSE_SOMETIMES(is_lost, "an owner learns that it has lost the name");
      if (is_lost) break;
    }
    ledger.holding.erase(who);
    (void)node.Unregister(kName);
    owner.Stop();
  }
}

std::vector<Location> AllOf(const Node& node, absl::string_view name) {
  return node.names()->LookupAll(name).value();
}

// All that are up give the same answers: one owner, and each that is up shares the shared name.
bool AllAgree(World& world) {
  std::vector<Location> leader;
  std::vector<Location> all;
  size_t up = 0;
  for (const NodeHandle node : world.nodes()) {
    if (!node.up()) continue;
    if (node.node().Find<net::Members>() == nullptr) return false;
    ++up;
    const std::vector<Location> its_leader = AllOf(node.node(), kName);
    const std::vector<Location> its_all = AllOf(node.node(), "all");
    if (up > 1 && (its_leader != leader || its_all != all)) return false;
    leader = its_leader;
    all = its_all;
  }
  if (leader.size() != 1 || all.size() != up) return false;
  // Who has it knows that.
  const auto& holding = world.Shared<Ledger>().holding;
  const auto at = holding.find(absl::StrCat(leader[0].node, "/", leader[0].incarnation));
  return at != holding.end() && at->second == leader[0].token;
}

std::function<bool()> AgreementOf(World& world) {
  return [&world, next = world.now()]() mutable {
    if (world.now() < next) return false;
    next = world.now() + absl::Milliseconds(500);
    return AllAgree(world);
  };
}

Program ContenderOf(World& world) {
  return [&world](Node& node) { return Contender(node, world); };
}

// All nodes know all others.
void Meet(World& world) {
  const bool met = world.RunUntil([&world] { return AllHaveMet(world, kNodes); }, absl::Minutes(1));
  REHEARSE_EXPECT(met);
  world.Shared<Ledger>().begun = true;
}

REHEARSE_TEST(GossipNames, NeverTwoOwnersAfterFencing) {
  world.AddNodes("node", kNodes, ContenderOf(world));
  world.Inject(sim::Swarm{.horizon = absl::Seconds(40), .crashes_max = kNodes});
  auto& ledger = world.Shared<Ledger>();
  ledger.begun = true;
  world.RunFor(absl::Seconds(50));
  ledger.rests = true;
  world.HealAndSettle(absl::Minutes(3), AgreementOf(world));
  REHEARSE_EXPECT(ledger.registered > 0);
}

// Without faults nobody is ever refused: the first owner stays until it gives the name up.
REHEARSE_TEST(GossipNames, TheFirstOwnerStaysInAWholeCluster) {
  world.AddNodes("node", kNodes, ContenderOf(world));
  Meet(world);
  world.RunFor(absl::Minutes(2));
  auto& ledger = world.Shared<Ledger>();
  REHEARSE_EXPECT_EQ(ledger.refused, 0);
  REHEARSE_EXPECT(ledger.registered > 1);
}

REHEARSE_TEST(GossipNames, NamesOfTheDeadAreGoneInSeconds) {
  auto& ledger = world.Shared<Ledger>();
  ledger.rests = true;
  ledger.begun = true;
  world.AddNodes("node", kNodes, ContenderOf(world));
  REHEARSE_EXPECT(world.RunUntil(AgreementOf(world), absl::Minutes(1)));
  const std::string owner = AllOf(world.nodes()[0].node(), kName)[0].node;
  NodeHandle victim;
  for (const NodeHandle node : world.nodes()) {
    if (node.name() == owner) victim = node;
  }
  world.Crash(victim, {.silent = true});
  const auto all_gone = [&] {
    for (const NodeHandle node : world.nodes()) {
      if (node != victim && AllOf(node.node(), "all").size() != kNodes - 1) return false;
    }
    return true;
  };
  REHEARSE_EXPECT(world.RunUntil(all_gone, absl::Seconds(30)));
  REHEARSE_EXPECT(world.RunUntil(AgreementOf(world), absl::Minutes(1)));
}

}  // namespace
}  // namespace rehearse
