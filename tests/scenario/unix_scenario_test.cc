// Unix sockets of simulated nodes: each node's own, out of reach of its network's faults.

#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/inbox.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/socket/node_sockets.h"
#include "rehearse/sim/world/world.h"

namespace rehearse {
namespace {

using net::SocketAddress;
using sim::NodeHandle;
using sim::World;

const SocketAddress kPath = {"unix:/run/echo"};
constexpr int kRounds = 100;

struct NoMessages {};

// Answers in capitals, one connection after the other, until the node ends.
absl::Status Serve(net::ListenSocket& listener) {
  while (true) {
    REHEARSE_ASSIGN_OR_RETURN(const auto socket, listener.Accept());
    std::string bytes;
    while (socket->Read(4096, bytes, Instant::Infinite()).value_or(0) > 0) {
      if (!socket->Write(absl::AsciiStrToUpper(bytes), Instant::Infinite()).ok()) break;
      bytes.clear();
    }
  }
}

// How many rounds each life of a node got through, of all nodes of the world.
struct Progress {
  int rounds = 0;
  absl::Status last;
};

absl::Status Ask(Node& node, Progress& progress) {
  REHEARSE_ASSIGN_OR_RETURN(const auto socket,
                            net::SocketsOf(node).Connect(kPath, Instant::Infinite()));
  for (int i = 0; i < kRounds; ++i) {
    REHEARSE_RETURN_IF_ERROR(socket->Write("x", Instant::Infinite()));
    std::string answer;
    REHEARSE_RETURN_IF_ERROR(socket->Read(1, answer, Instant::Infinite()).status());
    EXPECT_EQ(answer, "X");
    ++progress.rounds;
  }
  return absl::OkStatus();
}

// A node that serves and asks itself.
Program ServeAndAsk(World& world) {
  return [&progress = world.Shared<Progress>()](Node& node) -> absl::Status {
    REHEARSE_ASSIGN_OR_RETURN(auto listener, net::SocketsOf(node).Listen(kPath));
    node.Spawn(
        [listener = std::move(listener)](Inbox<void(NoMessages)>&) { (void)Serve(*listener); });
    progress.last = Ask(node, progress);
    return absl::OkStatus();
  };
}

TEST(UnixScenario, NoFaultOfALinkTouchesThem) {
  World world({.seed = 5});
  world.SetLinks({.latency = {.min = absl::Seconds(1), .max = absl::Seconds(2)},
                  .loss = {1, 2},
                  .duplicate = {1, 2},
                  .reorder = {1, 2}});
  world.AddNode("both", ServeAndAsk(world));
  world.RunFor(absl::Milliseconds(100));
  EXPECT_EQ(world.Shared<Progress>().rounds, kRounds) << world.Shared<Progress>().last;
}

TEST(UnixScenario, AnotherNodesPathIsNotThere) {
  World world({.seed = 5});
  world.AddNode("server", [](Node& node) -> absl::Status {
    REHEARSE_ASSIGN_OR_RETURN(const auto listener, net::SocketsOf(node).Listen(kPath));
    return Serve(*listener);
  });
  Progress& progress = world.Shared<Progress>();
  world.AddNode("client", [&progress](Node& node) {
    progress.last = Ask(node, progress);
    return absl::OkStatus();
  });
  world.RunFor(absl::Seconds(1));
  EXPECT_EQ(progress.last.code(), absl::StatusCode::kUnavailable) << progress.last;
  EXPECT_EQ(progress.rounds, 0);
}

TEST(UnixScenario, ACrashedNodesSocketsAreGoneAndItsNextLifeHasThemAnew) {
  World world({.seed = 5});
  const NodeHandle node = world.AddNode("both", ServeAndAsk(world));
  world.RunFor(absl::Milliseconds(100));
  world.Crash(node);
  world.RunFor(absl::Seconds(1));
  world.Restart(node);
  world.RunFor(absl::Milliseconds(100));
  EXPECT_EQ(world.Shared<Progress>().rounds, 2 * kRounds) << world.Shared<Progress>().last;
}

// Three actors send their names at once.
absl::StatusOr<std::string> WhoIsHeard(Node& node) {
  REHEARSE_ASSIGN_OR_RETURN(const auto ear, net::SocketsOf(node).Bind({"unix:@ear"}));
  for (const std::string name : {"a", "b", "c"}) {
    node.Spawn([&node, name](Inbox<void(NoMessages)>&) {
      const auto socket = net::SocketsOf(node).Bind({"unix:@"});
      EXPECT_TRUE(socket.ok() && (*socket)->SendTo({"unix:@ear"}, name).ok());
    });
  }
  std::string heard;
  while (heard.size() < 3) {
    REHEARSE_ASSIGN_OR_RETURN(const auto datagram, ear->ReceiveFrom(Instant::Infinite()));
    heard += datagram.bytes;
  }
  return heard;
}

TEST(UnixScenario, TheSeedDecidesWhoIsHeardFirst) {
  const auto order_of = [](uint64_t seed) {
    World world({.seed = seed});
    std::string heard;
    world.AddNode("node", [&heard](Node& node) {
      const auto order = WhoIsHeard(node);
      if (order.ok()) heard = *order;
      return order.status();
    });
    world.RunFor(absl::Seconds(1));
    return heard;
  };
  std::set<std::string> orders;
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    orders.insert(order_of(seed));
    EXPECT_EQ(order_of(seed), order_of(seed));
  }
  EXPECT_EQ(orders.size(), 6u);
}

TEST(UnixScenario, TheSameSeedIsTheSameRun) {
  const auto hash_of = [] {
    World world({.seed = 3});
    world.AddNode("both", ServeAndAsk(world));
    world.RunFor(absl::Seconds(1));
    return world.Finish().hash;
  };
  EXPECT_EQ(hash_of(), hash_of());
}

}  // namespace
}  // namespace rehearse
