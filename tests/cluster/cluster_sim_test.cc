// Five nodes that send, ask and watch each other while they crash, stand still, are cut off, and
// their clocks drift.
//
// Always: what an actor gets of another is in order, each message once; a monitor is told once at
// most, and of a panic only where there was one. And when all is healed: every ask has an answer or
// an error, and each monitor of an actor that has died was told.

#include <cstdint>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/mark.h"
#include "rehearse/actor/monitor.h"
#include "rehearse/actor/node.h"
#include "rehearse/sim/runner/rehearse_test.h"
#include "tests/cluster/cluster.h"

namespace rehearse {
namespace {

using cluster::Packet;
using cluster::Poison;
using sim::NodeHandle;
using sim::World;

using SinkProtocol = Protocol<uint64_t(Packet)>;
using MortalProtocol = Protocol<void(Poison)>;

constexpr int kNodes = 5;

// What one life of a node has begun, and what came of it.
struct Life {
  int asked = 0;
  int resolved = 0;
  int watched = 0;
  std::map<std::pair<ActorId, uint64_t>, int> told;  // by watcher and monitor
};

// What the test knows of all nodes.
struct Ledger {
  uint64_t sources = 0;
  std::map<std::pair<uint64_t, uint64_t>, uint64_t> last;  // by source and sink
  uint64_t sinks = 0;
  std::map<std::string, Life> lives;  // by node and incarnation
  int panics = 0;
  int64_t packets = 0;
  bool rests = false;  // nobody begins anything any more
  bool dies = false;   // all mortals are to panic, and nobody takes their place
};

Life& LifeOf(Ledger& ledger, const Node& node) {
  return ledger.lives[absl::StrCat(node.name(), "/", node.incarnation())];
}

std::string NodeName(uint64_t index) { return absl::StrCat("node-", index + 1); }

// Notes that each source's packets come in order, each once.
class Sink : public Actor {
 public:
  explicit Sink(Ledger& ledger) : ledger_(ledger), number_(++ledger.sinks) {}
  uint64_t Handle(const Packet& packet) {
    uint64_t& last = ledger_.last[{packet.source, number_}];
    REHEARSE_EXPECT(last < packet.sequence);
    last = packet.sequence;
    ++ledger_.packets;
    if (packet.sequence % 16 == 0) (void)Sleep(absl::Milliseconds(2));
    return packet.sequence;
  }

 private:
  Ledger& ledger_;
  const uint64_t number_;
};

class Mortal : public Actor {
 public:
  explicit Mortal(Ledger& ledger) : ledger_(ledger) {}
  void Handle(const Poison&) {
    ++ledger_.panics;
    throw std::runtime_error("poisoned");
  }

 private:
  Ledger& ledger_;
};

struct Step {};

// Sends packets in each way that there is.
class Source : public Actor {
 public:
  explicit Source(Ledger& ledger)
      : ledger_(ledger),
        life_(LifeOf(ledger, node())),
        number_(++ledger.sources),
        chance_(node().random("source").Split("source", number_)) {}
  absl::Status OnStart() override { return Self(this).Tell(Step()).status(); }
  void Handle(const Step&) {
    if (ledger_.rests) return;
    const auto sink =
        node().Named<SinkProtocol>(absl::StrCat("sink@", NodeName(chance_.Below(kNodes))));
    if (sink.ok()) Send(*sink);
    (void)Sleep(absl::Milliseconds(chance_.Between(0, 20)));
    (void)Self(this).Tell(Step());
  }

 private:
  void Send(const ActorRef<SinkProtocol>& sink) {
    const Packet packet{.source = number_, .sequence = ++sequence_};
    switch (chance_.Below(5)) {
      case 0: (void)sink.TryTell(packet); return;
      case 1: (void)sink.Tell(packet); return;
      case 2: (void)sink.TellAcknowledged(packet, absl::Seconds(chance_.Between(1, 8))); return;
      case 3: return Ask(sink, packet, absl::Seconds(chance_.Between(1, 8)));
      default: return Ask(sink, packet, absl::InfiniteDuration());
    }
  }
  void Ask(const ActorRef<SinkProtocol>& sink, const Packet& packet, absl::Duration timeout) {
    ++life_.asked;
    const auto answer = sink.Ask(packet, {.reply_timeout = timeout});
    ++life_.resolved;
    if (answer.ok()) {
      REHEARSE_EXPECT_EQ(*answer, packet.sequence);
    }
  }

  Ledger& ledger_;
  Life& life_;
  const uint64_t number_;
  Random chance_;
  uint64_t sequence_ = 0;
};

// Watches the mortal of each node; when one has died, the next.
class Watcher : public Actor {
 public:
  explicit Watcher(Ledger& ledger) : ledger_(ledger), life_(LifeOf(ledger, node())) {}
  absl::Status OnStart() override {
    for (int i = 0; i < kNodes; ++i) Watch(NodeName(i));
    return absl::OkStatus();
  }
  void Handle(const Down& down) {
    const int told = ++life_.told[{Self(this).id(), down.monitor}];
    REHEARSE_EXPECT_EQ(told, 1);
    if (down.reason.kind == ExitReason::Kind::kPanicked) {
      REHEARSE_EXPECT(ledger_.panics > 0);
    }
    REHEARSE_SOMETIMES(down.reason.kind == ExitReason::Kind::kPanicked, "a panic is told");
    REHEARSE_SOMETIMES(down.reason.kind == ExitReason::Kind::kNodeLost, "a lost node is told");
    const auto watched = monitors_.find(down.monitor);
    REHEARSE_REQUIRE(watched != monitors_.end());
    const std::string name = watched->second;
    monitors_.erase(watched);
    if (ledger_.rests) return;
    (void)Sleep(absl::Milliseconds(500));
    Watch(name);
  }

 private:
  void Watch(const std::string& name) {
    const auto mortal = node().Named<MortalProtocol>(absl::StrCat("mortal@", name));
    if (!mortal.ok()) return;
    ++life_.watched;
    monitors_[Monitor(Self(this), *mortal)] = name;
  }

  Ledger& ledger_;
  Life& life_;
  std::map<uint64_t, std::string> monitors_;
};

Program Member(World& world) {
  return [&world](Node& node) -> absl::Status {
    auto& ledger = world.Shared<Ledger>();
    Random chance = node.random("member");
    absl::Status status = node.Register<SinkProtocol>(
        "sink", node.SpawnWith<Sink>({.mailbox_capacity = 8}, std::ref(ledger)));
    if (!status.ok()) return status;
    ActorRef<Mortal> mortal = node.Spawn<Mortal>(std::ref(ledger));
    status = node.Register<MortalProtocol>("mortal", mortal);
    if (!status.ok()) return status;
    node.Spawn<Watcher>(std::ref(ledger));
    for (int i = 0; i < 2; ++i) node.Spawn<Source>(std::ref(ledger));
    while (true) {
      status = Sleep(absl::Milliseconds(chance.Between(100, 2000)));
      if (!status.ok()) return status;
      if (ledger.dies || chance.Below(4) == 0) (void)mortal.Tell(Poison());
      if (mortal.alive() || ledger.dies) continue;
      mortal = node.Spawn<Mortal>(std::ref(ledger));
      (void)node.Register<MortalProtocol>("mortal", mortal);
    }
  };
}

// Of the lives that go on.
bool AllOf(World& world, bool (*holds)(const Life&)) {
  auto& ledger = world.Shared<Ledger>();
  for (const NodeHandle node : world.nodes()) {
    if (!node.up() || !holds(LifeOf(ledger, node.node()))) return false;
  }
  return true;
}

bool AllAsksResolved(const Life& life) { return life.asked == life.resolved; }
bool AllDeathsTold(const Life& life) {
  return static_cast<size_t>(life.watched) == life.told.size();
}

REHEARSE_TEST(Cluster, KeepsItsPromisesWhateverFails) {
  world.AddNodes("node", kNodes, Member(world));
  world.Inject(sim::Swarm{.horizon = absl::Seconds(30), .crashes_max = kNodes});
  auto& ledger = world.Shared<Ledger>();
  world.RunFor(absl::Seconds(40));
  ledger.rests = true;
  world.HealAndSettle(absl::Minutes(2), [&] { return AllOf(world, &AllAsksResolved); });
  ledger.dies = true;
  world.HealAndSettle(absl::Minutes(2), [&] { return AllOf(world, &AllDeathsTold); });
  world.RunFor(absl::Seconds(30));
  REHEARSE_EXPECT(AllOf(world, &AllDeathsTold));
  REHEARSE_EXPECT(ledger.packets > 0);
}

}  // namespace
}  // namespace rehearse
