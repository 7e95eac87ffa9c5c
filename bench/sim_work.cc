#include "rehearse/bench/sim_work.h"

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "bench/messages.h"
#include "examples/replicated_register/workload.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/check.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/bench/ping_pong.h"
#include "rehearse/net/socket/node_sockets.h"
#include "rehearse/net/socket/sockets.h"
#include "rehearse/sim/network/sim_sockets.h"
#include "rehearse/sim/world/world.h"

namespace rehearse::bench {
namespace {

using sim::World;

constexpr int kNodes = 5;
constexpr size_t kPayloadBytes = 64;

std::string NextOf(const Node& node) {
  const int number = node.name().back() - '0';
  return absl::StrCat("node-", number % kNodes + 1);
}

// Runs until nothing happens any more, and counts.
SimCount Count(World& world, int64_t expected, const int64_t& messages) {
  world.RunFor(absl::Hours(1000));
  const sim::RunResult result = world.Finish();
  REHEARSE_CHECK(result.verdict == sim::Verdict::kGood, result.reason);
  REHEARSE_CHECK(messages == expected,
                 absl::StrCat(messages, " messages came, ", expected, " were meant to"));
  return {.messages = messages,
          .events = result.events,
          .packets = world.network_counters().delivered,
          .hash = result.hash,
          .virtual_seconds = absl::ToDoubleSeconds(absl::Nanoseconds(world.now().nanos()))};
}

class EchoServer : public Actor {
 public:
  std::string Handle(const Echo& echo) { return echo.bytes; }
};
using EchoProtocol = Protocol<std::string(Echo)>;

struct Begin {};

class EchoClient : public Actor {
 public:
  EchoClient(ActorRef<EchoProtocol> server, int64_t asks, int64_t* messages)
      : server_(std::move(server)), asks_(asks), messages_(messages) {}

  void Handle(const Begin&) {
    const Echo echo{.bytes = std::string(kPayloadBytes, 'x')};
    for (int64_t i = 0; i < asks_; ++i) {
      const absl::StatusOr<std::string> answer = server_.Ask(echo);
      REHEARSE_CHECK(answer.ok() && answer->size() == kPayloadBytes, answer.status().ToString());
      *messages_ += 2;
    }
  }

 private:
  const ActorRef<EchoProtocol> server_;
  const int64_t asks_;
  int64_t* const messages_;
};

constexpr uint16_t kEchoPort = 9000;

// Writes back what comes, until nothing more does.
void EchoBytes(net::StreamSocket& socket) {
  std::string bytes;
  while (true) {
    bytes.clear();
    const absl::StatusOr<size_t> count = socket.Read(kPayloadBytes, bytes, Instant::Infinite());
    if (!count.ok() || *count == 0) return;
    if (!socket.Write(bytes, Instant::Infinite()).ok()) return;
  }
}

void ServeEchoes(Node& node, net::ListenSocket& listener) {
  while (true) {
    absl::StatusOr<std::unique_ptr<net::StreamSocket>> accepted = listener.Accept();
    if (!accepted.ok()) return;
    Task::Start(node, "echo", [socket = *std::move(accepted)] { EchoBytes(*socket); }).Unref();
  }
}

void AskForEchoes(net::StreamSocket& socket, int64_t asks, int64_t& messages) {
  const std::string sent(kPayloadBytes, 'x');
  std::string echo;
  for (int64_t i = 0; i < asks; ++i) {
    echo.clear();
    REHEARSE_CHECK(socket.Write(sent, Instant::Infinite()).ok(), "an echo was not asked for");
    const absl::StatusOr<size_t> count = socket.Read(kPayloadBytes, echo, Instant::Infinite());
    REHEARSE_CHECK(count.ok() && echo == sent, count.status().ToString());
    messages += 2;
  }
}

using RingProtocol = Protocol<void(Hop)>;

class RingMember : public Actor {
 public:
  explicit RingMember(int64_t* messages) : messages_(messages) {}

  absl::Status OnStart() override {
    absl::StatusOr<ActorRef<RingProtocol>> next =
        node().Named<RingProtocol>(absl::StrCat("ring@", NextOf(node())));
    if (!next.ok()) return next.status();
    next_ = *std::move(next);
    return absl::OkStatus();
  }

  void Handle(Hop hop) {
    ++*messages_;
    if (--hop.left >= 0) (void)next_.Tell(std::move(hop));
  }

 private:
  int64_t* const messages_;
  ActorRef<RingProtocol> next_;
};

// A token that has so many hops to go.
struct Token {
  int64_t left;
};
using TokenInbox = Inbox<void(Token)>;

// Passes tokens on until it will get no more.
void PassOn(TokenInbox& inbox, const TokenInbox::Ref& next, int members) {
  while (auto message = inbox.Receive()) {
    int64_t left = 0;
    message->Match([&left](Token& token) { left = token.left; });
    if (left > 0) (void)next.Tell(Token{left - 1});
    if (left < members) return;
  }
}

struct Ring {
  static constexpr int kMembers = 3;
  static constexpr int64_t kHops = 10;

  std::array<TokenInbox::Ref, kMembers> members;

  void Start(Node& node) {
    for (size_t i = 0; i < kMembers; ++i) {
      members[i] = node.Spawn(
          [this, i](TokenInbox& inbox) { PassOn(inbox, members[(i + 1) % kMembers], kMembers); });
    }
    (void)members[0].Tell(Token{kHops});
  }
};

}  // namespace

SimCount RunLocalMessages(int pairs, int64_t messages) {
  World world({.seed = 1});
  int64_t done = 0;
  std::unique_ptr<PingPong> game;
  world.AddNode("node", [&](Node& node) {
    game = std::make_unique<PingPong>(node, pairs, [&] { done = messages; });
    game->Serve(messages);
    return absl::OkStatus();
  });
  return Count(world, messages, done);
}

SimCount RunEchoAsks(int clients, int64_t messages) {
  World world({.seed = 1});
  int64_t done = 0;
  const int64_t asks = messages / (2 * kNodes * clients);
  const int64_t expected = asks * 2 * kNodes * clients;
  world.AddNodes("node", kNodes, [&, asks, clients](Node& node) -> absl::Status {
    // A mailbox that holds an ask of each client: what comes from afar is refused when it is full.
    const ActorRef<EchoServer> server =
        node.SpawnWith<EchoServer>({.mailbox_capacity = clients + 1});
    if (absl::Status status = node.Register<EchoProtocol>("echo", server); !status.ok()) {
      return status;
    }
    const auto next = node.Named<EchoProtocol>(absl::StrCat("echo@", NextOf(node)));
    if (!next.ok()) return next.status();
    if (absl::Status status = Sleep(absl::Seconds(1)); !status.ok()) return status;
    for (int i = 0; i < clients; ++i) {
      (void)node.Spawn<EchoClient>(*next, asks, &done).Tell(Begin{});
    }
    return absl::OkStatus();
  });
  return Count(world, expected, done);
}

SimCount RunSocketEchoes(int clients, int64_t messages) {
  World world({.seed = 1});
  int64_t done = 0;
  const int64_t asks = messages / (2 * kNodes * clients);
  std::vector<std::unique_ptr<net::ListenSocket>> listeners;
  world.AddNodes("node", kNodes, [&, asks, clients](Node& node) -> absl::Status {
    net::Sockets& sockets = net::SocketsOf(node);
    auto listener = sockets.Listen({"0.0.0.0", kEchoPort});
    if (!listener.ok()) return listener.status();
    listeners.push_back(*std::move(listener));
    Task::Start(node, "serve", [&node, &at = *listeners.back()] { ServeEchoes(node, at); }).Unref();
    if (absl::Status status = Sleep(absl::Seconds(1)); !status.ok()) return status;
    const NodeId next{node.id().value % kNodes + 1};
    for (int i = 0; i < clients; ++i) {
      auto socket = sockets.Connect({sim::SimSockets::IpOf(next), kEchoPort}, Instant::Infinite());
      if (!socket.ok()) return socket.status();
      Task::Start(node, "client", [&done, asks, socket = *std::move(socket)] {
        AskForEchoes(*socket, asks, done);
      }).Unref();
    }
    return absl::OkStatus();
  });
  return Count(world, asks * 2 * kNodes * clients, done);
}

SimCount RunRingTells(int balls, int64_t messages) {
  World world({.seed = 1});
  int64_t done = 0;
  const int64_t hops = messages / (kNodes * balls);
  world.AddNodes("node", kNodes, [&, hops, balls](Node& node) -> absl::Status {
    const ActorRef<RingMember> member =
        node.SpawnWith<RingMember>({.mailbox_capacity = kNodes * balls + 1}, &done);
    if (absl::Status status = node.Register<RingProtocol>("ring", member); !status.ok()) {
      return status;
    }
    if (absl::Status status = Sleep(absl::Seconds(1)); !status.ok()) return status;
    const Hop hop{.left = hops - 1, .bytes = std::string(kPayloadBytes, 'x')};
    for (int i = 0; i < balls; ++i) (void)member.Tell(hop);
    return absl::OkStatus();
  });
  return Count(world, hops * kNodes * balls, done);
}

SimCount RunTinyWorlds(int64_t worlds) {
  SimCount total;
  for (int64_t i = 0; i < worlds; ++i) {
    Ring ring;
    World world({.seed = static_cast<uint64_t>(i) + 1});
    world.AddNode("node", [&ring](Node& node) {
      ring.Start(node);
      return absl::OkStatus();
    });
    world.RunFor(absl::Seconds(1));
    const sim::RunResult result = world.Finish();
    REHEARSE_CHECK(result.verdict == sim::Verdict::kGood, result.reason);
    ++total.messages;
    total.events += result.events;
    total.hash ^= result.hash;
  }
  return total;
}

SimCount RunRegisterWorld(uint64_t seed) {
  namespace example = examples::replicated_register;
  World world({.seed = seed});
  const auto program = [](Node& node) {
    return example::RunRegister(node, [](const example::LoadReport&) {});
  };
  world.AddNodes("server", 3, program, {"server"});
  world.AddNodes("client", 2, program,
                 {"client", "--servers=3", "--workers=4", "--keys=3", "--time=60s"});
  world.Inject(sim::Swarm{.horizon = absl::Seconds(60), .victims = "server"});
  world.RunFor(absl::Seconds(60));
  const auto acknowledged = static_cast<int64_t>(world.history().Count(Outcome::kOk));
  const uint64_t packets = world.network_counters().delivered;
  const sim::RunResult result = world.Finish();
  REHEARSE_CHECK(result.verdict == sim::Verdict::kGood, result.reason);
  return {.messages = acknowledged,
          .events = result.events,
          .packets = packets,
          .hash = result.hash,
          .virtual_seconds = 60};
}

}  // namespace rehearse::bench
