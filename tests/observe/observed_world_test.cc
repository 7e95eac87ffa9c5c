// A simulated world that is observed: the same figures and drawings for the same seed, and the same
// run with nobody looking.

#include <gtest/gtest.h>

#include <string>

#include "rehearse/actor/actor.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/observe/drawing.h"
#include "rehearse/actor/observe/metrics.h"
#include "rehearse/actor/observe/span_buffer.h"
#include "rehearse/sim/world/world.h"
#include "rehearse/tests/observe/drawn_arrows.h"
#include "rehearse/tests/observe/json_value.h"
#include "rehearse/tests/scenario/counter_actor.h"
#include "tests/scenario/counter.h"

namespace rehearse {
namespace {

using sim::RunOptions;
using sim::RunResult;
using sim::World;

constexpr char kCounter[] = "rehearse::Counter";

absl::Status Server(Node& node) {
  return node.Register<CounterProtocol>("counter", node.Spawn<Counter>());
}

struct Start {};

// Asks three times, and tells twice.
class Client : public Actor {
 public:
  absl::Status Handle(const Start&) {
    auto counter = node().Named<CounterProtocol>("counter@server");
    if (!counter.ok()) return counter.status();
    for (int i = 0; i < 3; ++i) {
      if (absl::Status s = counter->Ask(counter::Inc{.amount = 1}).status(); !s.ok()) return s;
    }
    counter->Tell(counter::Inc{.amount = 1});
    counter->Tell(counter::Get{});
    return absl::OkStatus();
  }
};

absl::Status Clients(Node& node) {
  node.Spawn<Client>().Tell(Start{});
  return absl::OkStatus();
}

RunResult Play(Observer* observer) {
  RunOptions options;
  options.seed = 7;
  options.observer = observer;
  World world(options);
  world.AddNode("server", Server);
  world.AddNode("client", Clients);
  world.RunFor(absl::Seconds(10));
  EXPECT_FALSE(world.failed());
  return world.Finish();
}

TEST(ObservedWorldTest, FiguresAreExact) {
  Metrics metrics(1);
  Play(&metrics.shard(0));
  const Figures figures = metrics.Read();
  ASSERT_EQ(figures.size(), 2u);
  const ClassFigures& counter = figures.at({NodeId{1}, kCounter});
  EXPECT_EQ(counter.handled, 5u);
  EXPECT_EQ(counter.alive(), 1u);
  // Handling takes no virtual time; being chosen by the schedule takes steps of 100 ns.
  EXPECT_EQ(counter.took.counts[0], 5u);
  EXPECT_EQ(counter.took.sum_nanos, 0u);
  EXPECT_EQ(counter.waited.counts[0], 5u);
  EXPECT_EQ(counter.waited.count(), 5u);
  const auto client = std::next(figures.begin())->second;
  EXPECT_EQ(client.handled, 1u);
  // Dialling and three asks, with latencies that the seed draws: 17 to 67 ms.
  EXPECT_EQ(client.took.count(), 1u);
  EXPECT_EQ(client.took.counts[9], 1u) << client.took.sum_nanos;
}

TEST(ObservedWorldTest, TheSameSeedGivesTheSameFigures) {
  Metrics first(1);
  Metrics second(1);
  Play(&first.shard(0));
  Play(&second.shard(0));
  const Figures a = first.Read();
  const Figures b = second.Read();
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [of, figures] : a) {
    EXPECT_EQ(figures.took.sum_nanos, b.at(of).took.sum_nanos) << of.second;
    EXPECT_EQ(figures.waited.sum_nanos, b.at(of).waited.sum_nanos) << of.second;
    EXPECT_EQ(figures.waited.counts, b.at(of).waited.counts) << of.second;
  }
}

TEST(ObservedWorldTest, ARunThatIsCountedIsTheSameRun) {
  Metrics metrics(1);
  const RunResult plain = Play(nullptr);
  const RunResult counted = Play(&metrics.shard(0));
  EXPECT_EQ(counted.hash, plain.hash);
  EXPECT_EQ(counted.events, plain.events);
}

// What is drawn crosses the network with each message, so frames are longer, and nothing else is.
TEST(ObservedWorldTest, ARunThatIsDrawnGoesAsItWould) {
  SpanBuffer buffer;
  const RunResult plain = Play(nullptr);
  const RunResult drawn = Play(&buffer);
  EXPECT_EQ(drawn.events, plain.events);
  EXPECT_EQ(drawn.last_events, plain.last_events);
}

TEST(ObservedWorldTest, EachMessageFromAnotherNodeHasAnArrowFromItsSender) {
  SpanBuffer buffer;
  Play(&buffer);
  Drawing drawing;
  std::string text;
  drawing.Begin(text);
  drawing.Append(buffer.Take(), text);
  drawing.End(text);
  const std::optional<JsonValue> events = ParseJson(text);
  ASSERT_TRUE(events.has_value()) << text;
  const DrawnArrows arrows(events->items);
  const std::vector<DrawnArrow> asked = arrows.To("rehearse::counter::Inc");
  EXPECT_EQ(asked.size(), 4u) << text;
  EXPECT_EQ(arrows.To("rehearse::counter::Get").size(), 1u);
  for (const DrawnArrow& arrow : asked) {
    EXPECT_EQ(arrow.to.process, "server");
    EXPECT_EQ(arrow.to.track, "rehearse::Counter#1");
    EXPECT_EQ(arrow.from.process, "client");
    EXPECT_TRUE(arrow.from.track.ends_with("Client#1")) << arrow.from.track;
    EXPECT_TRUE(arrow.from.name.ends_with("Start")) << arrow.from.name;
  }
}

}  // namespace
}  // namespace rehearse
