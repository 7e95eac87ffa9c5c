// Streams that break while messages are under way, and wait for room in mailboxes that are full.
//
// Who sends knows what may be lost: what is taken is behind all that its sender had sent to that
// actor before, unless it was told of an error since. And while nothing is lost nobody is told that
// anything is, however often streams break.

#include <cstdint>
#include <functional>
#include <iterator>
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
#include "rehearse/sim/runner/rehearse_test.h"
#include "tests/cluster/cluster.h"

namespace rehearse {
namespace {

using cluster::Packet;
using sim::NodeHandle;
using sim::World;

using SinkProtocol = Protocol<uint64_t(Packet)>;

constexpr uint64_t kClients = 2;
constexpr uint64_t kSources = 4;  // a client
constexpr const char* kSinks[] = {"quick", "slow", "slower"};

struct Ledger {
  std::map<std::pair<std::string, uint64_t>, uint64_t> last;  // taken, by sink and source
  int64_t taken = 0;
  int64_t good = 0;  // sent
  int64_t told = 0;  // of a gap
  int busy = 0;      // sources
  bool rests = false;
};

class Sink : public Actor {
 public:
  Sink(std::string name, absl::Duration pace, Ledger& ledger)
      : name_(std::move(name)), pace_(pace), ledger_(ledger) {}
  uint64_t Handle(const Packet& packet) {
    ++ledger_.taken;
    uint64_t& last = ledger_.last[{name_, packet.source}];
    REHEARSE_EXPECT(last < packet.sequence);
    REHEARSE_EXPECT(packet.after <= last);
    REHEARSE_SOMETIMES(packet.after == 0 && last != 0, "a packet comes behind a gap");
    last = packet.sequence;
    if (pace_ > absl::ZeroDuration() && packet.sequence % 4 == 0) (void)Sleep(pace_);
    return packet.sequence;
  }

 private:
  const std::string name_;
  const absl::Duration pace_;
  Ledger& ledger_;
};

struct Burst {};

// Sends in each way that there is, some at once and then none for a while.
class Source : public Actor {
 public:
  Source(uint64_t number, Ledger& ledger)
      : number_(number), ledger_(ledger), chance_(node().random("source").Split("of", number)) {}
  absl::Status OnStart() override { return Self(this).Tell(Burst()).status(); }
  void Handle(const Burst&) {
    if (!ledger_.rests) SendSome();
    (void)Sleep(absl::Milliseconds(chance_.Between(1, 100)));
    (void)Self(this).Tell(Burst());
  }

 private:
  void SendSome() {
    ++ledger_.busy;
    const std::string name = kSinks[chance_.Below(std::size(kSinks))];
    const auto sink = *node().Named<SinkProtocol>(absl::StrCat(name, "@server"));
    for (uint64_t i = chance_.Between(1, 40); i > 0; --i) {
      const Packet packet{
          .source = number_, .sequence = ++sequence_, .after = std::exchange(last_good_[name], 0)};
      const absl::Status sent = Send(sink, packet);
      if (sent.ok()) last_good_[name] = packet.sequence;
      ledger_.good += sent.ok();
      ledger_.told += absl::IsDataLoss(sent);
      REHEARSE_SOMETIMES(absl::IsDataLoss(sent), "a gap is told");
    }
    --ledger_.busy;
  }
  absl::Status Send(const ActorRef<SinkProtocol>& sink, const Packet& packet) {
    switch (chance_.Below(16)) {
      case 0: return sink.Ask(packet, {.reply_timeout = absl::Seconds(2)}).status();
      case 1: return sink.TellAcknowledged(packet, absl::Seconds(chance_.Between(1, 5)));
      case 2: return sink.TryTell(packet);
      default: return sink.Tell(packet);
    }
  }

  const uint64_t number_;
  Ledger& ledger_;
  Random chance_;
  uint64_t sequence_ = 0;
  std::map<std::string, uint64_t> last_good_;  // by sink; 0: something was wrong
};

struct Town {
  explicit Town(World& world, absl::Duration pace) {
    auto& ledger = world.Shared<Ledger>();
    server = world.AddNode("server", [&ledger, pace](Node& node) -> absl::Status {
      absl::Duration wait;
      for (const char* const name : kSinks) {
        const auto sink =
            node.SpawnWith<Sink>({.mailbox_capacity = 4}, name, wait, std::ref(ledger));
        const absl::Status status = node.Register<SinkProtocol>(name, sink);
        if (!status.ok()) return status;
        wait += pace;
      }
      return absl::OkStatus();
    });
    for (uint64_t i = 0; i < kClients; ++i) {
      clients.push_back(world.AddNode(absl::StrCat("client-", i), [&ledger, i](Node& node) {
        for (uint64_t j = 0; j < kSources; ++j) {
          node.Spawn<Source>(i * kSources + j, std::ref(ledger));
        }
        return absl::OkStatus();
      }));
    }
  }

  NodeHandle server;
  std::vector<NodeHandle> clients;
};

void Break(World& world, const Town& town, Random& chance) {
  const NodeHandle client = town.clients[chance.Below(kClients)];
  switch (chance.Below(6)) {
    case 0: return world.ResetStreams({client}, {town.server});
    case 1: return world.ResetStreamsOneWay({client}, {town.server});
    case 2: return world.ResetStreamsOneWay({town.server}, {client});
    case 3: world.Partition({client}, {town.server}); break;
    case 4: world.PartitionOneWay({client}, {town.server}); break;
    default: world.PartitionOneWay({town.server}, {client});
  }
  world.RunFor(absl::Milliseconds(chance.Between(1, 500)));
  // What was written into the cut is lost with its stream.
  if (chance.Below(2) == 0) world.ResetStreams({client}, {town.server});
  world.RunFor(absl::Milliseconds(chance.Between(1, 500)));
  world.Heal();
}

REHEARSE_TEST(Gap, NothingIsTakenBehindWhatIsLostUnlessItsSenderWasTold) {
  const Town town(world, absl::Milliseconds(3));
  auto& ledger = world.Shared<Ledger>();
  Random chance = world.random("faults");
  world.SetLinks({.loss = {chance.Below(10), 100}, .reorder = {chance.Below(10), 100}});
  for (uint64_t i = 0; i < 20; ++i) {
    world.RunFor(absl::Milliseconds(chance.Between(1, 400)));
    Break(world, town, chance);
  }
  ledger.rests = true;
  world.HealAndSettle(absl::Minutes(2), [&] { return ledger.busy == 0; });
  REHEARSE_EXPECT(ledger.taken > 0);
}

// All that is sent is taken before the streams break, in a mailbox at least.
REHEARSE_TEST(Gap, NobodyIsToldWhileNothingIsLost) {
  const Town town(world, absl::ZeroDuration());
  auto& ledger = world.Shared<Ledger>();
  Random chance = world.random("faults");
  for (int i = 0; i < 10; ++i) {
    world.RunFor(absl::Milliseconds(chance.Between(1, 300)));
    ledger.rests = true;
    REHEARSE_EXPECT(world.RunUntil([&] { return ledger.busy == 0 && ledger.taken >= ledger.good; },
                                   absl::Seconds(30)));
    world.ResetStreams({town.clients[0], town.clients[1]}, {town.server});
    world.RunFor(absl::Milliseconds(500));
    ledger.rests = false;
  }
  REHEARSE_EXPECT_EQ(ledger.told, 0);
}

}  // namespace
}  // namespace rehearse
