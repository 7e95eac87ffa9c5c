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

TEST_F(DatagramScenario, ACorruptLinkFlipsABitOfSome) {
  world_.SetLinks({.corrupt = {1, 5}});
  StartCounting();
  world_.RunFor(absl::Minutes(1));
  // Each comes; a digit with one bit off is no digit, or another one.
  EXPECT_EQ(heard().size(), static_cast<size_t>(kDatagrams));
  EXPECT_LT(different(), static_cast<size_t>(kDatagrams));
  EXPECT_GT(world_.network_counters().corrupted, kDatagrams / 10u);
  EXPECT_LT(world_.network_counters().corrupted, kDatagrams * 3 / 10u);
}

TEST_F(DatagramScenario, WhatIsLargerThanTheLinksMtuIsDropped) {
  world_.SetLinks({.mtu_bytes = 2});
  StartCounting();
  world_.RunFor(absl::Minutes(1));
  EXPECT_EQ(heard().size(), 100u);  // "0" to "99"
  EXPECT_EQ(*std::max_element(heard().begin(), heard().end()), 99);
  EXPECT_EQ(world_.network_counters().too_large, kDatagrams - 100u);
}

// Sends on what it has heard to whom it came from, and who asks twice is told how often the
// answer's port has changed.
struct Ports {
  std::vector<uint16_t> seen;  // by the echo
  std::vector<bool> answered;  // each question of the asker
};

Program Echo(World& world) {
  return [&ports = world.Shared<Ports>()](Node& node) -> absl::Status {
    auto socket = net::SocketsOf(node).Bind({"0.0.0.0", kPort});
    if (!socket.ok()) return socket.status();
    while (true) {
      const auto datagram = (*socket)->ReceiveFrom(Instant::Infinite());
      if (!datagram.ok()) return datagram.status();
      ports.seen.push_back(datagram->from.port);
      if (absl::Status sent = (*socket)->SendTo(datagram->from, datagram->bytes); !sent.ok()) {
        return sent;
      }
    }
  };
}

Program Asker(World& world, std::string ip) {
  return [&ports = world.Shared<Ports>(), ip](Node& node) -> absl::Status {
    auto socket = net::SocketsOf(node).Bind({"0.0.0.0", 700});
    if (!socket.ok()) return socket.status();
    while (true) {
      absl::Status status = (*socket)->SendTo({ip, kPort}, "who am I?");
      if (!status.ok()) return status;
      const auto answer = (*socket)->ReceiveFrom(CurrentNode().DeadlineIn(absl::Milliseconds(500)));
      if (absl::IsCancelled(answer.status())) return answer.status();
      ports.answered.push_back(answer.ok());
      if (status = Sleep(absl::Seconds(1)); !status.ok()) return status;
    }
  };
}

TEST(NatScenario, ARebindingShowsAnotherPortAndTheOldOneIsDead) {
  World world({.seed = 3});
  const NodeHandle echo = world.AddNode("echo", Echo(world));
  const NodeHandle asker = world.AddNode("asker", Asker(world, echo.ip()));
  world.RunFor(absl::Milliseconds(1500));
  // What is on its way back when the NAT forgets does not arrive.
  world.Clog({echo}, {asker}, absl::Seconds(1));
  world.RunFor(absl::Milliseconds(650));
  world.RebindPorts(asker);
  world.RunFor(absl::Seconds(3));
  world.RebindPorts(asker);
  world.RunFor(absl::Seconds(3));
  const Ports& ports = world.Shared<Ports>();
  EXPECT_EQ(ports.seen.front(), 700);
  EXPECT_EQ(std::set<uint16_t>(ports.seen.begin(), ports.seen.end()).size(), 3u);
  EXPECT_EQ(std::count(ports.answered.begin(), ports.answered.end(), false), 1);
  EXPECT_TRUE(ports.answered.back());
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
