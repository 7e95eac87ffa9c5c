// Three programs that believe too much of streams.
//
// A till: who adds a sale adds it once.
//   retry-as-new   one whose ask broke, and who can't know whether it was handled, adds it again
// A feed: who reads it hears of something every few seconds, for as long as it is sent.
//   no-keepalive   the reader waits for ever
// A log: what is told on one stream is all handled, in order.
//   small-mailbox  its actor's mailbox holds what comes on a calm day, and drops the rest

#include <cstdint>
#include <map>
#include <string>

#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/net/socket/node_sockets.h"
#include "rehearse/sim/runner/rehearse_test.h"
#include "rehearse/tests/planted/given.h"
#include "tests/scenario/counter.h"

namespace rehearse::planted {
namespace {

using IncProtocol = Protocol<int64_t(counter::Inc)>;

sim::Swarm SwarmFor(const Given& given) {
  return {.horizon = absl::Seconds(20), .victims = "server", .without = given.without};
}

// --- The till.

// How often each sale was added; survives crashes.
struct Sales {
  std::map<int64_t, int> added;
};

class Till : public Actor {
 public:
  Till(Sales* sales, bool trusts) : sales_(*sales), trusts_(trusts) {}
  int64_t Handle(const counter::Inc& sale) {
    int& times = sales_.added[sale.amount];
    if (times == 0 || trusts_) ++times;
    REHEARSE_EXPECT(times == 1) << "sale " << sale.amount << " was added again";
    return sale.amount;
  }

 private:
  Sales& sales_;
  const bool trusts_;
};

absl::Status Sell(Node& node) {
  REHEARSE_ASSIGN_OR_RETURN(auto till, node.Named<IncProtocol>("till@server"));
  for (int64_t sale = 1; sale <= 400; ++sale) {
    // One that has gone silently says nothing more: it is asked again after a while.
    while (!till.Ask(counter::Inc{.amount = sale}, {.reply_timeout = absl::Minutes(1)}).ok()) {
      REHEARSE_RETURN_IF_ERROR(Sleep(absl::Milliseconds(100)));
    }
    REHEARSE_RETURN_IF_ERROR(Sleep(absl::Milliseconds(20)));
  }
  return absl::OkStatus();
}

REHEARSE_TEST(Planted, Till) {
  const Given given = GivenTo(world);
  world.AddNode("server", [&sales = world.Shared<Sales>(), given](Node& node) {
    return node.Register<IncProtocol>("till", node.Spawn<Till>(&sales, given.Has("retry-as-new")));
  });
  world.AddNode("client", &Sell);
  world.Inject(SwarmFor(given));
  world.RunFor(absl::Minutes(1));
}

// --- The feed.

constexpr uint16_t kPort = 9;
constexpr absl::Duration kBeat = absl::Milliseconds(500);

struct Heard {
  Instant last;  // the world's time
};

void Beat(net::StreamSocket& reader) {
  while (reader.Write(".", Instant::Infinite()).ok() && Sleep(kBeat).ok()) {
  }
}

absl::Status Feed(Node& node) {
  REHEARSE_ASSIGN_OR_RETURN(const auto listener, net::SocketsOf(node).Listen({"0.0.0.0", kPort}));
  while (true) {
    REHEARSE_ASSIGN_OR_RETURN(auto reader, listener->Accept());
    Task::Start(node, "beat", [reader = std::shared_ptr<net::StreamSocket>(std::move(reader))] {
      Beat(*reader);
    }).Unref();
  }
}

// Until the stream ends, or is thought to have ended.
void ReadFeed(Node& node, net::StreamSocket& feed, sim::World& world, const Given& given) {
  std::string bytes;
  while (true) {
    const Instant deadline =
        given.Has("no-keepalive") ? Instant::Infinite() : node.DeadlineIn(absl::Seconds(5));
    const auto count = feed.Read(16, bytes, deadline);
    if (!count.ok() || *count == 0) return;
    world.Shared<Heard>().last = world.now();
  }
}

REHEARSE_TEST(Planted, Feed) {
  const Given given = GivenTo(world);
  const sim::NodeHandle server = world.AddNode("server", &Feed);
  world.AddNode("reader", [&world, given, ip = server.ip()](Node& node) -> absl::Status {
    while (true) {
      const auto feed =
          net::SocketsOf(node).Connect({ip, kPort}, node.DeadlineIn(absl::Seconds(5)));
      if (feed.ok()) ReadFeed(node, **feed, world, given);
      REHEARSE_RETURN_IF_ERROR(Sleep(absl::Milliseconds(100)));
    }
  });
  world.Inject(SwarmFor(given));
  world.RunFor(absl::Minutes(2));
  REHEARSE_EXPECT(world.now() - world.Shared<Heard>().last < absl::Seconds(30))
      << "nothing was heard since " << world.Shared<Heard>().last.ToString();
}

// --- The log.

struct Logged {
  int64_t last = 0;
};

class Scribe : public Actor {
 public:
  explicit Scribe(Logged* logged) : logged_(*logged) {}
  int64_t Handle(const counter::Inc& line) {
    REHEARSE_EXPECT(line.amount == logged_.last + 1)
        << "line " << line.amount << " comes after " << logged_.last;
    logged_.last = line.amount;
    return line.amount;
  }

 private:
  Logged& logged_;
};

absl::Status Dictate(Node& node) {
  REHEARSE_ASSIGN_OR_RETURN(auto scribe, node.Named<IncProtocol>("scribe@server"));
  for (int64_t line = 1; line <= 1000; ++line) {
    while (!scribe.Tell(counter::Inc{.amount = line}).ok()) {  // it was not reached yet
      REHEARSE_RETURN_IF_ERROR(Sleep(absl::Milliseconds(100)));
    }
    REHEARSE_RETURN_IF_ERROR(Sleep(absl::Milliseconds(20)));
  }
  return absl::OkStatus();
}

// What breaks a stream takes with it what was under way: this program is for calmer worlds.
REHEARSE_TEST(Planted, Log) {
  const Given given = GivenTo(world);
  world.AddNode("server", [&logged = world.Shared<Logged>(), given](Node& node) {
    SpawnOptions options;
    if (given.Has("small-mailbox"))
      options = {.mailbox_capacity = 16, .overflow = Overflow::kDropNewest};
    return node.Register<IncProtocol>("scribe", node.SpawnWith<Scribe>(options, &logged));
  });
  world.AddNode("client", &Dictate);
  sim::Swarm swarm = SwarmFor(given);
  for (const char* const family : {"resets", "crashes", "partitions", "flapping"}) {
    swarm.without.emplace_back(family);
  }
  world.Inject(swarm);
  world.RunFor(absl::Minutes(1));
}

}  // namespace
}  // namespace rehearse::planted
