// Nodes that ask each other for what takes for ever, and give up, while they crash, stand still,
// and are cut off.
//
// When all is healed: nobody works for an asker that has given up, though his work takes for ever;
// and no ask is left in any list, on either side.

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/inbox.h"
#include "rehearse/actor/mark.h"
#include "rehearse/actor/node.h"
#include "rehearse/sim/runner/rehearse_test.h"
#include "rehearse/sim/world/sim_node.h"
#include "tests/cluster/cluster.h"

namespace rehearse {
namespace {

using cluster::Linger;
using sim::NodeHandle;
using sim::World;

using LoiterProtocol = Protocol<uint64_t(Linger)>;

constexpr int kNodes = 4;
constexpr int kLoiterers = 3;  // a node

struct Ledger {
  std::map<std::string, int> at_work;  // handlers, by life of a node
  std::map<std::string, int> greeted;  // by each life, when nobody began anything any more
  int64_t let_go = 0;
  int64_t served = 0;
  bool rests = false;  // nobody begins anything any more
};

std::string LifeOf(const Node& node) { return absl::StrCat(node.name(), "/", node.incarnation()); }

std::string NodeName(uint64_t index) { return absl::StrCat("node-", index + 1); }

// Asked to linger over several hops, asks another loiterer; else sleeps, for ever if need be.
class Loiterer : public Actor {
 public:
  explicit Loiterer(Ledger& ledger) : ledger_(ledger), chance_(node().random("loiterer")) {}
  absl::StatusOr<uint64_t> Handle(const Linger& linger) {
    const AtWork at_work(ledger_.at_work[LifeOf(node())]);
    absl::Status ended;
    if (linger.hops > 0) {
      const auto next = node().Named<LoiterProtocol>(NameOfOne());
      if (!next.ok()) return next.status();
      ended = next->Ask(Linger{.hops = linger.hops - 1, .millis = linger.millis}).status();
    } else {
      ended = Sleep(absl::Milliseconds(linger.millis));
    }
    if (absl::IsCancelled(ended)) ++ledger_.let_go;
    REHEARSE_SOMETIMES(absl::IsCancelled(ended), "a handler is let go");
    if (!ended.ok()) return ended;
    ++ledger_.served;
    return linger.millis;
  }

 private:
  struct AtWork {
    explicit AtWork(int& count) : count(count) { ++count; }
    ~AtWork() { --count; }
    int& count;
  };
  std::string NameOfOne() {
    return absl::StrCat("loiterer-", chance_.Below(kLoiterers), "@",
                        NodeName(chance_.Below(kNodes)));
  }

  Ledger& ledger_;
  Random chance_;
};

// Asks, and gives up in each way that there is.
void Impatient(Node& node, Ledger& ledger, Random chance) {
  while (!ledger.rests) {
    std::vector<Pending<uint64_t>> pendings;
    for (uint64_t i = chance.Between(1, 3); i > 0; --i) {
      const auto one = node.Named<LoiterProtocol>(
          absl::StrCat("loiterer-", chance.Below(kLoiterers), "@", NodeName(chance.Below(kNodes))));
      if (!one.ok()) continue;
      const bool takes_for_ever = chance.Below(3) != 0;
      pendings.push_back(one->Request(
          Linger{.hops = static_cast<uint32_t>(chance.Below(3)),
                 .millis = takes_for_ever ? uint64_t{1} << 40 : chance.Below(500)},
          {.reply_timeout = chance.Below(2) == 0 ? absl::InfiniteDuration()
                                                 : absl::Seconds(chance.Between(1, 15))}));
    }
    if (!Sleep(absl::Milliseconds(chance.Between(1, 2000))).ok()) return;
    if (chance.Below(2) == 0) (void)AwaitAny(pendings, absl::Seconds(chance.Between(1, 5)));
  }
}

// Whether it came from there, be it that the actor has ended.
bool IsAnswer(const absl::Status& status) {
  return !absl::IsUnavailable(status) && !absl::IsDeadlineExceeded(status);
}

// So a stream that broke in silence has a successor, or one of a life that is over is known to be,
// and with it what came on it.
// All of them again and again: one may be busy for who has yet to be greeted elsewhere.
absl::Status GreetAll(Node& node) {
  std::set<uint64_t> silent;
  for (uint64_t i = 0; i < kNodes; ++i) silent.insert(i);
  while (!silent.empty()) {
    std::erase_if(silent, [&](uint64_t i) {
      const auto one = node.Named<LoiterProtocol>(absl::StrCat("loiterer-0@", NodeName(i)));
      return !one.ok() ||
             IsAnswer(one->Ask(Linger(), {.reply_timeout = absl::Seconds(3)}).status());
    });
    if (absl::Status slept = Sleep(absl::Milliseconds(500)); !slept.ok()) return slept;
  }
  return absl::OkStatus();
}

Program Member(World& world) {
  return [&world](Node& node) -> absl::Status {
    auto& ledger = world.Shared<Ledger>();
    for (int i = 0; i < kLoiterers; ++i) {
      const absl::Status status = node.Register<LoiterProtocol>(
          absl::StrCat("loiterer-", i), node.Spawn<Loiterer>(std::ref(ledger)));
      if (!status.ok()) return status;
    }
    node.Spawn([&node, &ledger](Inbox<void(Linger)>&) {
      Impatient(node, ledger, node.random("impatient"));
    });
    while (!ledger.rests) {
      if (absl::Status slept = Sleep(absl::Milliseconds(500)); !slept.ok()) return slept;
    }
    const absl::Status greeted = GreetAll(node);
    if (greeted.ok()) ++ledger.greeted[LifeOf(node)];
    return greeted;
  };
}

bool NobodyWorks(World& world) {
  auto& ledger = world.Shared<Ledger>();
  for (const NodeHandle node : world.nodes()) {
    if (!node.up()) return false;
    const net::RemoteRouter& router = node.sim().current->router;
    const std::string life = LifeOf(node.node());
    if (router.asks_in_progress() != 0 || router.answers_owed() != 0) return false;
    if (ledger.at_work[life] != 0 || ledger.greeted[life] == 0) return false;
  }
  return true;
}

REHEARSE_TEST(Cancellation, NobodyWorksForWhoHasGivenUp) {
  world.AddNodes("node", kNodes, Member(world));
  world.Inject(sim::Swarm{.horizon = absl::Seconds(20)});
  auto& ledger = world.Shared<Ledger>();
  world.RunFor(absl::Seconds(30));
  ledger.rests = true;
  world.HealAndSettle(absl::Minutes(2), [&] { return NobodyWorks(world); });
  REHEARSE_EXPECT(ledger.served > 0);
}

}  // namespace
}  // namespace rehearse
