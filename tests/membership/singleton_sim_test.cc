// One writer in the whole cluster, while everything fails.
//
// Always: at the resource that it writes to, nobody writes after one with a greater token has. In a
// cluster that is whole there are never two at once, handed over or not. When all is healed there
// is one, and all nodes find it.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/mark.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/cluster/singleton.h"
#include "rehearse/sim/runner/rehearse_test.h"
#include "rehearse/tests/membership/cluster_member.h"
#include "tests/membership/names.h"

namespace rehearse {
namespace {

using membership_test::Note;
using sim::NodeHandle;
using sim::World;

using WriterProtocol = Protocol<uint64_t(Note)>;

constexpr int kNodes = 5;

struct Ledger {
  uint64_t greatest = 0;  // that the resource has seen
  int writes = 0;
  int refused = 0;
  std::map<std::string, int> alive;  // by node and life: writers that run
  int lives = 0;
};

struct Step {};

// Writes until the resource refuses it.
class Writer : public Actor {
 public:
  Writer(Ledger& ledger, uint64_t token)
      : ledger_(ledger),
        token_(token),
        who_(absl::StrCat(node().name(), "/", node().incarnation())) {
    ++ledger_.alive[who_];
    ++ledger_.lives;
  }
  absl::Status OnStart() override { return Self(this).Tell(Step()).status(); }
  void Handle(const Step&) {
    if (token_ < ledger_.greatest) {
      ++ledger_.refused;
      REHEARSE_SOMETIMES(true, "a writer is fenced");
      return Stop();
    }
    ledger_.greatest = token_;
    ++ledger_.writes;
    (void)Sleep(absl::Milliseconds(200));
    (void)Self(this).Tell(Step());
  }
  uint64_t Handle(const Note& note) { return note.number; }
  void OnStop(const ExitReason&) override { --ledger_.alive[who_]; }

 private:
  Ledger& ledger_;
  const uint64_t token_;
  const std::string who_;
};

Program ContenderOf(World& world) {
  return [&world](Node& node) {
    JoinWithNames(node, world);
    net::StartSingleton<WriterProtocol>(
        node, "writer", [&world](Node& here, uint64_t token) -> ActorRef<WriterProtocol> {
          return here.Spawn<Writer>(std::ref(world.Shared<Ledger>()), token);
        });
    return absl::OkStatus();
  };
}

// Of nodes that are up, in their present lives.
int WritersAlive(World& world) {
  auto& ledger = world.Shared<Ledger>();
  int alive = 0;
  for (const NodeHandle node : world.nodes()) {
    if (!node.up()) continue;
    alive += ledger.alive[absl::StrCat(node.name(), "/", node.incarnation())];
  }
  return alive;
}

// One is there, and all that are up find it.
bool AllFindTheOne(World& world) {
  if (WritersAlive(world) != 1) return false;
  std::vector<Location> first;
  for (const NodeHandle node : world.nodes()) {
    if (!node.up()) continue;
    const auto found = node.node().names()->LookupAll("writer");
    if (!found.ok() || found->size() != 1) return false;
    if (first.empty()) first = *found;
    if (*found != first) return false;
  }
  return true;
}

// As the first that knows it says; empty if it was lost since all found it, a step ago.
std::string OwnerIn(World& world) {
  for (const NodeHandle node : world.nodes()) {
    if (!node.up()) continue;
    const auto found = node.node().names()->LookupAll("writer");
    if (found.ok() && !found->empty()) return found->front().node;
  }
  return "";
}

std::function<bool()> OnceASecond(World& world, bool (*holds)(World&)) {
  return [&world, holds, next = world.now()]() mutable {
    if (world.now() < next) return false;
    next = world.now() + absl::Seconds(1);
    return holds(world);
  };
}

REHEARSE_TEST(Singleton, OneWriterAfterFencing) {
  world.AddNodes("node", kNodes, ContenderOf(world));
  world.Inject(sim::Swarm{.horizon = absl::Seconds(40), .crashes_max = kNodes});
  world.RunFor(absl::Seconds(50));
  world.HealAndSettle(absl::Minutes(3), OnceASecond(world, &AllFindTheOne));
  const int writes = world.Shared<Ledger>().writes;
  world.RunFor(absl::Seconds(10));
  REHEARSE_EXPECT(world.Shared<Ledger>().writes > writes);
}

// In a cluster that is whole: while its members meet, one may have the lock of whom others do not
// know yet.
REHEARSE_TEST(Singleton, IsHandedOverWithoutEverBeingTwo) {
  world.AddNodes("node", kNodes, ContenderOf(world));
  world.RunFor(absl::Seconds(10));
  REHEARSE_EXPECT(world.RunUntil(OnceASecond(world, &AllFindTheOne), absl::Minutes(2)));
  world.Invariant("one writer at most", [&world] { return WritersAlive(world) <= 1; });
  for (int i = 0; i < 3; ++i) {
    const std::string owner = OwnerIn(world);
    NodeHandle victim = world.nodes()[0];
    for (const NodeHandle node : world.nodes()) {
      if (node.name() == owner) victim = node;
    }
    world.Stop(victim);
    world.RunUntil([&] { return !victim.up(); }, absl::Seconds(10));
    REHEARSE_EXPECT(world.RunUntil(OnceASecond(world, &AllFindTheOne), absl::Seconds(30)));
    world.Restart(victim);
    REHEARSE_EXPECT(world.RunUntil(OnceASecond(world, &AllFindTheOne), absl::Minutes(1)));
  }
  REHEARSE_EXPECT_EQ(world.Shared<Ledger>().refused, 0);
}

REHEARSE_TEST(Singleton, MovesFromADeadNode) {
  world.AddNodes("node", kNodes, ContenderOf(world));
  REHEARSE_EXPECT(world.RunUntil(OnceASecond(world, &AllFindTheOne), absl::Minutes(2)));
  const std::string owner = OwnerIn(world);
  const int lives = world.Shared<Ledger>().lives;
  for (const NodeHandle node : world.nodes()) {
    if (node.name() == owner) world.Crash(node, {.silent = true});
  }
  REHEARSE_EXPECT(world.RunUntil(OnceASecond(world, &AllFindTheOne), absl::Minutes(1)));
  REHEARSE_EXPECT_EQ(world.Shared<Ledger>().lives, lives + 1);
}

}  // namespace
}  // namespace rehearse
