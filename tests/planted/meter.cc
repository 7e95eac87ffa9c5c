// A meter that sends its readings one after the other, each until it is acknowledged, to a server
// that keeps them. All come in the end, and as they were sent.
//
//   no-retry       it sends each once
//   no-checksum    the server believes what comes
//   one-datagram   a reading is one large datagram, and not a few small ones
//   fixed-address  the server answers to where it first heard the meter
//   no-backoff     the meter sends again at once, and again

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/types/optional.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/socket/node_sockets.h"
#include "rehearse/sim/runner/rehearse_test.h"
#include "rehearse/sim/trace/run_trace.h"
#include "rehearse/tests/planted/given.h"

namespace rehearse::planted {
namespace {

using net::DatagramSocket;
using net::SocketAddress;

constexpr uint16_t kPort = 9;
constexpr int kReadings = 40;
constexpr absl::Duration kApart = absl::Milliseconds(400);
constexpr size_t kSmallBytes = 400;
constexpr size_t kLargeBytes = 1400;

// Survives the server's crashes.
struct Kept {
  std::map<int, std::string> readings;
  bool done = false;
};

std::string ReadingOf(int number, const Given& given) {
  return std::string(given.Has("one-datagram") ? kLargeBytes : kSmallBytes,
                     static_cast<char>('a' + number % 26));
}

// "17|aaaa…|0123456789"
std::string Encoded(int number, const std::string& reading) {
  const std::string body = absl::StrCat(number, "|", reading);
  return absl::StrCat(body, "|", sim::HashBytes(body));
}

struct Message {
  int number = 0;
  std::string reading;
};

absl::optional<Message> Decoded(const std::string& bytes, bool believes) {
  const std::vector<std::string> parts = absl::StrSplit(bytes, '|');
  Message message;
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[0], &message.number)) return absl::nullopt;
  message.reading = parts[1];
  if (!believes && bytes != Encoded(message.number, message.reading)) return absl::nullopt;
  return message;
}

Program ServerProgram(sim::World& world, const Given& given) {
  return [&kept = world.Shared<Kept>(), given](Node& node) -> absl::Status {
    REHEARSE_ASSIGN_OR_RETURN(const auto socket, net::SocketsOf(node).Bind({"0.0.0.0", kPort}));
    absl::optional<SocketAddress> first;
    while (true) {
      REHEARSE_ASSIGN_OR_RETURN(const auto datagram, socket->ReceiveFrom(Instant::Infinite()));
      const auto message = Decoded(datagram.bytes, given.Has("no-checksum"));
      if (!message.has_value()) continue;
      kept.readings.emplace(message->number, message->reading);
      if (!first.has_value()) first = datagram.from;
      const SocketAddress& to = given.Has("fixed-address") ? *first : datagram.from;
      socket->SendTo(to, Encoded(message->number, "")).IgnoreError();
    }
  };
}

// Whether `number` was acknowledged by then.
bool IsAcknowledged(DatagramSocket& socket, int number, Instant deadline) {
  while (true) {
    const auto datagram = socket.ReceiveFrom(deadline);
    if (!datagram.ok()) return false;
    const auto message = Decoded(datagram->bytes, false);
    if (message.has_value() && message->number == number) return true;
  }
}

absl::Status Deliver(Node& node, DatagramSocket& socket, const SocketAddress& server, int number,
                     const Given& given) {
  absl::Duration patience = absl::Milliseconds(given.Has("no-backoff") ? 5 : 200);
  do {
    socket.SendTo(server, Encoded(number, ReadingOf(number, given))).IgnoreError();
    if (IsAcknowledged(socket, number, node.DeadlineIn(patience))) break;
    if (!given.Has("no-backoff")) patience = std::min(patience * 2, absl::Seconds(2));
    if (node.shutting_down()) return absl::CancelledError("the meter shuts down");
  } while (!given.Has("no-retry"));
  return absl::OkStatus();
}

Program MeterProgram(sim::World& world, std::string ip, const Given& given) {
  return [&kept = world.Shared<Kept>(), ip, given](Node& node) -> absl::Status {
    REHEARSE_ASSIGN_OR_RETURN(const auto socket, net::SocketsOf(node).Bind({"0.0.0.0", 0}));
    for (int i = 0; i < kReadings; ++i) {
      REHEARSE_RETURN_IF_ERROR(Deliver(node, *socket, {ip, kPort}, i, given));
      REHEARSE_RETURN_IF_ERROR(Sleep(kApart));
    }
    kept.done = true;
    return absl::OkStatus();
  };
}

// It is the meter that is behind a NAT.
void InjectRebind(sim::World& world, const Given& given) {
  Random chance = world.random("rebind");
  if (chance.Below(2) == 0 || given.IsWithout("rebinds")) return;
  const absl::Duration at = absl::Milliseconds(chance.Between(0, 15000));
  world.Inject(sim::FaultPlan{{{.at = at, .kind = sim::Fault::Kind::kRebind, .nodes = {"meter"}}}});
}

REHEARSE_TEST(Planted, Meter) {
  const Given given = GivenTo(world);
  const Kept& kept = world.Shared<Kept>();
  const sim::NodeHandle server = world.AddNode("server", ServerProgram(world, given));
  world.AddNode("meter", MeterProgram(world, server.ip(), given));
  sim::Swarm swarm{.horizon = absl::Seconds(20),
                   .victims = "server",
                   .crashes_max = 1,
                   .without = given.without};
  swarm.without.emplace_back("rebinds");  // nobody could reach the server any more
  world.Inject(swarm);
  InjectRebind(world, given);
  world.RunUntil([&kept] { return kept.done; }, absl::Minutes(10));
  REHEARSE_EXPECT(kept.done) << "reading " << kept.readings.size() << " is not acknowledged";
  world.RunFor(absl::Seconds(10));
  for (int i = 0; i < kReadings; ++i) {
    const auto at = kept.readings.find(i);
    REHEARSE_REQUIRE(at != kept.readings.end()) << "reading " << i << " never came";
    REHEARSE_EXPECT(at->second == ReadingOf(i, given)) << "reading " << i << " came as another";
  }
}

}  // namespace
}  // namespace rehearse::planted
