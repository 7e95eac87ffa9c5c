// What bad links, cuts and crashes do to datagrams: nobody makes it good.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/socket/node_sockets.h"
#include "rehearse/sim/world/world.h"

namespace rehearse {
namespace {

using net::SocketAddress;
using sim::NodeHandle;
using sim::World;

constexpr uint16_t kPort = 9;
constexpr int kDatagrams = 1000;

// The numbers that a node's lives have heard, in order.
struct Heard {
  std::vector<int> numbers;
};

Program Listener(World& world) {
  return [&heard = world.Shared<Heard>()](Node& node) -> absl::Status {
    auto socket = net::SocketsOf(node).Bind({"0.0.0.0", kPort});
    if (!socket.ok()) return socket.status();
    while (true) {
      const auto datagram = (*socket)->ReceiveFrom(Instant::Infinite());
      if (!datagram.ok()) return datagram.status();
      int number = 0;
      (void)absl::SimpleAtoi(datagram->bytes, &number);
      heard.numbers.push_back(number);
    }
  };
}

// Counts, a number each millisecond.
Program Counter(std::string ip) {
  return [ip](Node& node) -> absl::Status {
    auto socket = net::SocketsOf(node).Bind({"0.0.0.0", 0});
    if (!socket.ok()) return socket.status();
    for (int i = 0; i < kDatagrams; ++i) {
      absl::Status status = (*socket)->SendTo({ip, kPort}, absl::StrCat(i));
      if (status.ok()) status = Sleep(absl::Milliseconds(1));
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  };
}

class DatagramScenario : public testing::Test {
 public:
  const std::vector<int>& heard() { return world_.Shared<Heard>().numbers; }
  size_t different() { return std::set<int>(heard().begin(), heard().end()).size(); }
  void StartCounting() { counter_ = world_.AddNode("counter", Counter(listener_.ip())); }

  World world_{{.seed = 7}};
  NodeHandle listener_ = world_.AddNode("listener", Listener(world_));
  NodeHandle counter_;
};

TEST_F(DatagramScenario, OnAGoodLinkEachComesOnce) {
  world_.SetLinks({.latency = {.min = absl::Milliseconds(5), .max = absl::Milliseconds(5)}});
  StartCounting();
  world_.RunFor(absl::Seconds(3));
  ASSERT_EQ(heard().size(), static_cast<size_t>(kDatagrams));
  EXPECT_TRUE(std::is_sorted(heard().begin(), heard().end()));
}

TEST_F(DatagramScenario, WhatALinkLosesStaysLost) {
  world_.SetLinks({.loss = {1, 5}});
  StartCounting();
  world_.RunFor(absl::Minutes(1));
  EXPECT_GT(different(), kDatagrams * 7 / 10);
  EXPECT_LT(different(), kDatagrams * 9 / 10);
  EXPECT_EQ(different(), heard().size());
}

TEST_F(DatagramScenario, WhatALinkDoublesComesTwice) {
  world_.SetLinks({.duplicate = {1, 5}});
  StartCounting();
  world_.RunFor(absl::Minutes(1));
  EXPECT_EQ(different(), static_cast<size_t>(kDatagrams));
  EXPECT_EQ(heard().size() - different(), world_.network_counters().duplicated);
  EXPECT_GT(heard().size(), kDatagrams * 11 / 10);
}

TEST_F(DatagramScenario, WhatTakesADetourIsOvertaken) {
  world_.SetLinks({.latency = {.min = absl::Milliseconds(5), .max = absl::Milliseconds(5)},
                   .reorder = {1, 10}});
  StartCounting();
  world_.RunFor(absl::Minutes(1));
  EXPECT_EQ(different(), static_cast<size_t>(kDatagrams));
  EXPECT_FALSE(std::is_sorted(heard().begin(), heard().end()));
}

TEST_F(DatagramScenario, ACutSwallowsThemAndNoneComesAfterwards) {
  StartCounting();
  world_.RunFor(absl::Milliseconds(300));
  world_.Partition({listener_}, {counter_});
  world_.RunFor(absl::Milliseconds(100));
  const size_t before = heard().size();
  world_.RunFor(absl::Milliseconds(200));
  EXPECT_EQ(heard().size(), before);
  world_.Heal();
  world_.RunFor(absl::Seconds(5));
  EXPECT_GT(heard().size(), before);
  EXPECT_LT(heard().size(), static_cast<size_t>(kDatagrams - 250));
}

TEST_F(DatagramScenario, ADownedHostHearsNothingAndItsNextLifeHearsOn) {
  StartCounting();
  world_.RunFor(absl::Milliseconds(200));
  world_.Crash(listener_);
  const size_t before = heard().size();
  world_.RunFor(absl::Milliseconds(300));
  EXPECT_EQ(heard().size(), before);
  world_.Restart(listener_);
  world_.RunFor(absl::Seconds(5));
  EXPECT_GT(heard().size(), before + 300);
  EXPECT_LT(heard().size(), static_cast<size_t>(kDatagrams - 250));
}

TEST_F(DatagramScenario, APausedNodeFindsThemWhenItGoesOn) {
  StartCounting();
  world_.RunFor(absl::Milliseconds(200));
  world_.Pause(listener_);
  world_.RunFor(absl::Seconds(2));
  EXPECT_LT(heard().size(), 250u);
  world_.Resume(listener_);
  world_.RunFor(absl::Seconds(1));
  // As many as wait in a host's queue, and no more.
  EXPECT_GT(heard().size(), 900u);
}

TEST_F(DatagramScenario, TheSameSeedIsTheSameRun) {
  const auto hash_of = [] {
    World world({.seed = 3});
    const NodeHandle listener = world.AddNode("listener", Listener(world));
    world.SetLinks({.loss = {1, 5}, .duplicate = {1, 5}, .reorder = {1, 5}});
    world.AddNode("counter", Counter(listener.ip()));
    world.RunFor(absl::Seconds(5));
    return world.Finish().hash;
  };
  EXPECT_EQ(hash_of(), hash_of());
}

}  // namespace
}  // namespace rehearse
