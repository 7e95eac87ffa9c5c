// Two visitors and a counter whose node crashes, stands still and is cut off.
//
// Always: no increment is counted twice, and none that was acknowledged is counted for nothing; a
// visitor hears of the death of each counter that it has met once, before it meets the next. And
// when all is healed: all visitors count on the counter's present life.

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "examples/cluster_counter/counter.h"
#include "examples/cluster_counter/visitor.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/mark.h"
#include "rehearse/sim/names/kademlia_names.h"
#include "rehearse/sim/runner/rehearse_test.h"

namespace examples::cluster_counter {
namespace {

using rehearse::ExitReason;
using rehearse::sim::NodeHandle;
using rehearse::sim::Swarm;
using rehearse::sim::World;

// What one life of the counter was asked, by all visitors, and what it said.
struct Life {
  int64_t asked = 0;
  std::set<int64_t> counts;
};
using Lives = std::map<std::string, Life>;  // by address

// One visitor's.
class Judge final : public Witness {
 public:
  explicit Judge(Lives& lives) : lives_(lives) {}

  void Met(const std::string& counter) override {
    REHEARSE_EXPECT_EQ(met_, died_);
    ++met_;
    REHEARSE_SOMETIMES(met_ > 1 && counter != present_, "another life is met");
    REHEARSE_SOMETIMES(met_ > 1 && counter == present_, "one taken for dead is met again");
    present_ = counter;
  }
  void Asks(const std::string& counter) override {
    REHEARSE_EXPECT_EQ(counter, present_);
    ++lives_[counter].asked;
  }
  // Nobody else was told of this count, so it is this increment's; and as no more was counted than
  // was asked for, no increment was counted twice.
  void Counted(const std::string& counter, int64_t count) override {
    Life& life = lives_[counter];
    REHEARSE_EXPECT(life.counts.insert(count).second);
    REHEARSE_EXPECT_LE(count, life.asked);
    ++counted_;
  }
  void Unanswered(const absl::Status& status) override {
    REHEARSE_SOMETIMES(rehearse::EffectOf(status) == rehearse::Effect::kMaybe,
                       "an increment is perhaps counted");
  }
  void Died(const std::string& counter, const ExitReason& reason) override {
    REHEARSE_EXPECT_EQ(counter, present_);
    REHEARSE_EXPECT_EQ(reason.kind, ExitReason::Kind::kNodeLost);
    ++died_;
    REHEARSE_EXPECT_EQ(met_, died_);
  }

  // Counts on the counter at `address`.
  bool IsWith(const std::string& address) const { return met_ > died_ && present_ == address; }
  int64_t counted() const { return counted_; }
  int died() const { return died_; }

 private:
  Lives& lives_;
  int met_ = 0;
  int died_ = 0;
  int64_t counted_ = 0;
  std::string present_;
};

constexpr int kVisitors = 2;

// What the world's programs have in common with the test.
struct Visits {
  Lives lives;
  std::map<std::string, Judge> judges;  // by visitor
  std::string present;                  // the address of the counter that lives now, or lived last
};

bool AllAreWithThePresent(const Visits& visits) {
  return std::all_of(visits.judges.begin(), visits.judges.end(),
                     [&](const auto& one) { return one.second.IsWith(visits.present); });
}

int64_t Counted(const Visits& visits) {
  int64_t counted = 0;
  for (const auto& [visitor, judge] : visits.judges) counted += judge.counted();
  return counted;
}

rehearse::Program Counting(Visits& visits) {
  return [&visits](rehearse::Node& node) {
    const absl::Status status = Serve(node);
    if (!status.ok()) return status;
    const auto counter = node.Named<CounterProtocol>("counter");
    if (counter.ok()) visits.present = rehearse::AddressOf<CounterProtocol>(*counter);
    return counter.status();
  };
}

rehearse::Program Visiting(Visits& visits, const std::string& name) {
  return [&visits, name](rehearse::Node& node) {
    Judge& judge = visits.judges.try_emplace(node.name(), visits.lives).first->second;
    node.Spawn<Visitor>(name, absl::Milliseconds(200), std::ref<Witness>(judge));
    return absl::OkStatus();
  };
}

// A counter's node, and the visitors'.
NodeHandle AddCluster(World& world) {
  auto& visits = world.Shared<Visits>();
  const NodeHandle server = world.AddNode("server", Counting(visits));
  world.AddNodes("visitor", kVisitors, Visiting(visits, "counter@server"));
  return server;
}

void CountOn(World& world) {
  auto& visits = world.Shared<Visits>();
  world.HealAndSettle(absl::Minutes(1), [&visits] { return AllAreWithThePresent(visits); });
  const int64_t counted = Counted(visits);
  world.RunFor(absl::Seconds(10));
  REHEARSE_EXPECT_GE(Counted(visits), counted + kVisitors * 40);
}

REHEARSE_TEST(ClusterCounter, CountsEachIncrementOnceAndDiesOnceWhateverFails) {
  AddCluster(world);
  world.Inject(Swarm{.horizon = absl::Seconds(30), .victims = "server", .crashes_max = 3});
  world.RunFor(absl::Seconds(40));
  CountOn(world);
}

REHEARSE_TEST(ClusterCounter, ItsNextLifeIsFoundAtOnceAndCountsFromOne) {
  auto& visits = world.Shared<Visits>();
  const NodeHandle server = AddCluster(world);
  CountOn(world);
  const std::string first = visits.present;
  world.Crash(server);
  world.RunFor(absl::Seconds(1));
  world.Restart(server);
  CountOn(world);
  REHEARSE_EXPECT(visits.present != first);
  REHEARSE_EXPECT_EQ(*visits.lives.at(visits.present).counts.begin(), 1);
  for (const auto& [visitor, judge] : visits.judges) REHEARSE_EXPECT_EQ(judge.died(), 1);
}

// Nobody is told which node has the counter.
REHEARSE_TEST(ClusterCounter, IsFoundByItsNameAlone) {
  auto& visits = world.Shared<Visits>();
  const rehearse::sim::KademliaNames names({.bootstrap = {"server"}});
  const NodeHandle server = world.AddNode("server", names.Around(Counting(visits)));
  world.AddNodes("visitor", kVisitors, names.Around(Visiting(visits, "counter")));
  world.RunUntil([&visits] { return AllAreWithThePresent(visits); }, absl::Minutes(1));
  CountOn(world);
  const std::string first = visits.present;
  world.Crash(server);
  world.RunFor(absl::Seconds(1));
  world.Restart(server);
  world.RunUntil([&visits, first] {
    return visits.present != first && AllAreWithThePresent(visits);
  }, absl::Minutes(3));
  REHEARSE_EXPECT(visits.present != first);
  CountOn(world);
}

REHEARSE_TEST(ClusterCounter, ANodeThatStaysDeadIsToldOnce) {
  auto& visits = world.Shared<Visits>();
  const NodeHandle server = AddCluster(world);
  CountOn(world);
  world.Crash(server, {.silent = true});
  world.RunFor(absl::Minutes(2));
  for (const auto& [visitor, judge] : visits.judges) REHEARSE_EXPECT_EQ(judge.died(), 1);
}

}  // namespace
}  // namespace examples::cluster_counter
