// What is published in a cluster, while everything fails: each subscriber gets what comes from one
// publisher in order, each message once at most; and once all is healed, all of it.

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
#include "rehearse/actor/node.h"
#include "rehearse/net/cluster/broadcast.h"
#include "rehearse/net/cluster/topic.h"
#include "rehearse/sim/runner/rehearse_test.h"
#include "rehearse/tests/membership/cluster_member.h"
#include "tests/membership/names.h"

namespace rehearse {
namespace {

using membership_test::Note;
using membership_test::Numbered;
using sim::NodeHandle;
using sim::World;

constexpr int kNodes = 5;

struct Ledger {
  uint64_t publishers = 0;
  uint64_t subscribers = 0;
  std::map<std::pair<uint64_t, uint64_t>, uint64_t> last;  // by subscriber and publisher
  std::map<std::string, uint64_t> heard;                   // by node and life: of the last round
  uint64_t round = 0;                                      // each publication says which it is of
  int total = 0;
};

class Reader : public Actor {
 public:
  explicit Reader(Ledger& ledger) : ledger_(ledger), number_(++ledger.subscribers) {}
  void Handle(const Numbered& numbered) {
    uint64_t& last = ledger_.last[{number_, numbered.publisher}];
    REHEARSE_EXPECT(last < numbered.number);
    last = numbered.number;
    ++ledger_.total;
  }
  void Handle(const Note& note) {
    ledger_.heard[absl::StrCat(node().name(), "/", node().incarnation())] = note.number;
  }

 private:
  Ledger& ledger_;
  const uint64_t number_;
};

struct Step {};

class Source : public Actor {
 public:
  explicit Source(Ledger& ledger)
      : ledger_(ledger), number_(++ledger.publishers), topic_(node(), "numbers") {}
  absl::Status OnStart() override { return Self(this).Tell(Step()).status(); }
  void Handle(const Step&) {
    (void)topic_.Publish({.publisher = number_, .number = ++published_});
    // Besides, to all of a group.
    (void)net::Broadcast<Protocol<void(Note)>>(node(), "readers", Note{.number = ledger_.round});
    (void)Sleep(absl::Milliseconds(100));
    (void)Self(this).Tell(Step());
  }

 private:
  Ledger& ledger_;
  const uint64_t number_;
  net::Topic<Numbered> topic_;
  uint64_t published_ = 0;
};

Program MemberOf(World& world) {
  return [&world](Node& node) -> absl::Status {
    auto& ledger = world.Shared<Ledger>();
    JoinWithNames(node, world);
    const ActorRef<Reader> reader = node.Spawn<Reader>(std::ref(ledger));
    net::Topic<Numbered> topic(node, "numbers");
    absl::Status status = topic.Subscribe(reader);
    if (!status.ok()) return status;
    status = node.RegisterShared<Protocol<void(Note)>>("readers", reader);
    if (!status.ok()) return status;
    node.Spawn<Source>(std::ref(ledger));
    return absl::OkStatus();
  };
}

// Each that is up has heard something of this round.
bool AllHear(World& world) {
  auto& ledger = world.Shared<Ledger>();
  for (const NodeHandle node : world.nodes()) {
    if (!node.up()) continue;
    if (ledger.heard[absl::StrCat(node.name(), "/", node.incarnation())] != ledger.round) {
      return false;
    }
  }
  return true;
}

REHEARSE_TEST(Topic, EachGetsAllInOrderOnceAllIsHealed) {
  world.AddNodes("node", kNodes, MemberOf(world));
  world.Inject(sim::Swarm{.horizon = absl::Seconds(30), .crashes_max = kNodes});
  auto& ledger = world.Shared<Ledger>();
  world.RunFor(absl::Seconds(40));
  world.HealAndSettle(absl::Minutes(3), [&] { return AllHaveMet(world, kNodes); });
  world.RunFor(absl::Seconds(45));
  ledger.round = 1;
  world.RunFor(absl::Seconds(5));
  REHEARSE_EXPECT(AllHear(world));
  const int before = ledger.total;
  world.RunFor(absl::Seconds(10));
  // Five publishers, ten a second, five readers, in ten seconds.
  REHEARSE_EXPECT(ledger.total - before >= 2400) << ledger.total - before;
}

}  // namespace
}  // namespace rehearse
