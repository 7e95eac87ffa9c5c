// Links that lose, double, reorder, delay and cut, and what messages show of it.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/node.h"
#include "rehearse/sim/world/world.h"
#include "tests/scenario/counter.h"

namespace rehearse {
namespace {

using sim::FabricCounters;
using sim::LinkOptions;
using sim::NodeHandle;
using sim::World;

// What arrived, in order, and when.
struct Arrived {
  std::vector<int64_t> numbers;
  std::vector<Instant> at;
};

class Listener : public Actor {
 public:
  explicit Listener(World* world) : world_(*world) {}
  int64_t Handle(const counter::Inc& inc) {
    world_.Shared<Arrived>().numbers.push_back(inc.amount);
    world_.Shared<Arrived>().at.push_back(world_.now());
    return inc.amount;
  }

 private:
  World& world_;
};

using ListenerProtocol = Protocol<int64_t(counter::Inc)>;

constexpr int64_t kTells = 50;

// A teller that counts to kTells, one number each 10 ms, and a listener.
class LinkScenario : public testing::Test {
 protected:
  LinkScenario() {
    world_.SetLinks(Steady());
    listener_ = world_.AddNode("listener", [this](Node& node) {
      return node.Register<ListenerProtocol>("listener", node.Spawn<Listener>(&world_));
    });
    teller_ = world_.AddNode("teller", [](Node& node) -> absl::Status {
      auto listener = node.Named<ListenerProtocol>("listener@listener");
      if (!listener.ok()) return listener.status();
      for (int64_t i = 0; i < kTells; ++i) {
        if (absl::Status status = Sleep(absl::Milliseconds(10)); !status.ok()) return status;
        listener->Tell(counter::Inc{.amount = i});
      }
      return absl::OkStatus();
    });
  }

  // A packet takes 1 ms.
  static LinkOptions Steady() {
    return {.latency = {.min = absl::Milliseconds(1), .max = absl::Milliseconds(1)}};
  }

  // Runs until all is over; when the last number arrived.
  absl::Duration LastArrival() {
    world_.RunFor(absl::Minutes(1));
    const Arrived& arrived = world_.Shared<Arrived>();
    return arrived.at.empty() ? absl::ZeroDuration() : arrived.at.back() - Instant();
  }

  void ExpectEachOnceAndInOrder() {
    std::vector<int64_t> all(kTells);
    std::iota(all.begin(), all.end(), 0);
    EXPECT_EQ(world_.Shared<Arrived>().numbers, all);
  }

  World world_{{.seed = 1}};
  NodeHandle listener_;
  NodeHandle teller_;
};

TEST_F(LinkScenario, GoodLinksCarryAllInTheirLatency) {
  EXPECT_LT(LastArrival(), absl::Milliseconds(515));
  ExpectEachOnceAndInOrder();
  const FabricCounters counters = world_.network_counters();
  EXPECT_EQ(counters.lost + counters.duplicated + counters.reordered + counters.blocked, 0u);
}

TEST_F(LinkScenario, ALostPacketComesLaterAndSoDoesAllBehindIt) {
  LinkOptions links = Steady();
  links.loss = {1, 10};
  world_.SetLinks(links);
  EXPECT_GT(LastArrival(), absl::Milliseconds(515));
  ExpectEachOnceAndInOrder();
  EXPECT_GT(world_.network_counters().lost, 0u);
}

TEST_F(LinkScenario, ADoubledPacketIsOneMessage) {
  LinkOptions links = Steady();
  links.duplicate = {1, 1};
  world_.SetLinks(links);
  EXPECT_LT(LastArrival(), absl::Milliseconds(515));
  ExpectEachOnceAndInOrder();
  EXPECT_EQ(world_.network_counters().duplicated, world_.network_counters().sent);
}

TEST_F(LinkScenario, AReorderedPacketHoldsUpWhatOvertookIt) {
  LinkOptions links = Steady();
  links.reorder = {1, 5};
  links.detour = absl::Milliseconds(100);
  world_.SetLinks(links);
  LastArrival();
  ExpectEachOnceAndInOrder();
  EXPECT_GT(world_.network_counters().reordered, 0u);
  const std::vector<Instant>& at = world_.Shared<Arrived>().at;
  int together = 0;
  for (size_t i = 1; i < at.size(); ++i) together += at[i] - at[i - 1] < absl::Milliseconds(1);
  EXPECT_GT(together, 0);
}

TEST_F(LinkScenario, ASlowWayIsSlowInOneDirection) {
  world_.RunFor(absl::Milliseconds(255));
  world_.SlowDown({teller_}, {listener_}, absl::Milliseconds(700));
  const absl::Duration last = LastArrival();
  EXPECT_GT(last, absl::Milliseconds(1200));
  EXPECT_LT(last, absl::Milliseconds(1300));
  ExpectEachOnceAndInOrder();
}

TEST_F(LinkScenario, WhatACorruptLinkSpoilsIsSentAgain) {
  LinkOptions links = Steady();
  links.corrupt = {1, 10};
  world_.SetLinks(links);
  EXPECT_GT(LastArrival(), absl::Milliseconds(515));
  ExpectEachOnceAndInOrder();
  EXPECT_GT(world_.network_counters().corrupted, 0u);
}

TEST_F(LinkScenario, ANarrowLinkCarriesOneAfterAnother) {
  LinkOptions links = Steady();
  links.bytes_per_second = 1000;  // a message has some 100 bytes and more
  world_.SetLinks(links);
  EXPECT_GT(LastArrival(), absl::Seconds(4));
  ExpectEachOnceAndInOrder();
}

TEST_F(LinkScenario, AClogHoldsAllBackAndLetsThemGoTogether) {
  world_.RunFor(absl::Milliseconds(255));
  world_.Clog({teller_}, {listener_}, absl::Seconds(2));
  EXPECT_GT(LastArrival(), absl::Milliseconds(2255));
  ExpectEachOnceAndInOrder();
  const std::vector<Instant>& at = world_.Shared<Arrived>().at;
  EXPECT_LT(at.back() - at[30], absl::Milliseconds(2));
  EXPECT_EQ(world_.network_counters().lost, 0u);
}

TEST_F(LinkScenario, AMendedCutIsOverAndAnotherStays) {
  world_.RunFor(absl::Milliseconds(255));
  world_.Partition({teller_}, {listener_});
  world_.Partition({teller_}, {listener_});
  world_.RunFor(absl::Milliseconds(500));
  world_.Mend({teller_}, {listener_});
  world_.RunFor(absl::Milliseconds(500));
  const size_t before = world_.Shared<Arrived>().numbers.size();
  EXPECT_LT(before, 30u);
  world_.Mend({listener_}, {teller_});
  LastArrival();
  ExpectEachOnceAndInOrder();
}

TEST_F(LinkScenario, AResetBreaksTheStreamAndTheNextMessageMakesAnother) {
  world_.RunFor(absl::Milliseconds(255));
  world_.ResetStreams({teller_}, {listener_});
  LastArrival();
  // Those that were under way are gone; the rest comes, in order, once.
  const std::vector<int64_t>& numbers = world_.Shared<Arrived>().numbers;
  EXPECT_GE(numbers.size(), static_cast<size_t>(kTells - 3));
  EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
  EXPECT_EQ(std::adjacent_find(numbers.begin(), numbers.end()), numbers.end());
  EXPECT_EQ(numbers.back(), kTells - 1);
}

TEST_F(LinkScenario, AHalfOpenStreamIsFoundOutByWhoWrites) {
  world_.RunFor(absl::Milliseconds(255));
  world_.ResetStreamsOneWay({listener_}, {teller_});  // the teller is not told
  LastArrival();
  const std::vector<int64_t>& numbers = world_.Shared<Arrived>().numbers;
  EXPECT_LT(numbers.size(), static_cast<size_t>(kTells));  // at least one was sent into the void
  EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
  EXPECT_EQ(std::adjacent_find(numbers.begin(), numbers.end()), numbers.end());
  EXPECT_EQ(numbers.back(), kTells - 1);
}

TEST_F(LinkScenario, OneDirectionsOptionsLeaveTheOtherAlone) {
  LinkOptions deaf = Steady();
  deaf.loss = {1, 1};
  world_.SetLink(listener_, teller_, deaf);
  LastArrival();
  // Not even the greeting came back: nothing was told. The other direction lost none.
  EXPECT_TRUE(world_.Shared<Arrived>().numbers.empty());
  const FabricCounters counters = world_.network_counters();
  EXPECT_GT(counters.lost, 0u);
  EXPECT_GT(counters.delivered, 0u);
}

TEST_F(LinkScenario, APartitionHoldsAllUpUntilItHeals) {
  world_.RunFor(absl::Milliseconds(255));
  const size_t before = world_.Shared<Arrived>().numbers.size();
  EXPECT_GT(before, 20u);
  world_.Partition({teller_}, {listener_});
  world_.RunFor(absl::Seconds(5));
  EXPECT_EQ(world_.Shared<Arrived>().numbers.size(), before);
  EXPECT_GT(world_.network_counters().blocked, 0u);
  world_.Heal();
  EXPECT_GT(LastArrival(), absl::Seconds(5));
  ExpectEachOnceAndInOrder();
}

TEST_F(LinkScenario, ACutAgainstTheFlowHoldsNothingUp) {
  world_.RunFor(absl::Milliseconds(255));
  world_.PartitionOneWay({listener_}, {teller_});
  EXPECT_LT(LastArrival(), absl::Milliseconds(515));
  ExpectEachOnceAndInOrder();
}

}  // namespace
}  // namespace rehearse
