// Publications while subscribers, and the publisher, panic or are killed at their waits.

#include "rehearse/actor/patterns/pubsub.h"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/random.h"
#include "rehearse/actor/node.h"
#include "rehearse/sim/runner/rehearse_test.h"
#include "rehearse/sim/testkit/panics.h"

namespace rehearse {
namespace {

using Kind = DeliveryPolicy::Kind;

struct Tick {
  int number = 0;
};

// One subscriber. Not moved: it is written to until the end.
struct Seen {
  Kind kind = Kind::kBestEffort;
  ActorRef<Actor> actor;
  std::vector<int> ticks;
};

struct Told {
  std::deque<Seen> subscribers;
  bool calm = false;
  bool over = false;
};

class Subscriber : public Actor {
 public:
  explicit Subscriber(Seen* seen) : seen_(seen) {}
  absl::Status Handle(const Tick& tick) {
    REHEARSE_EXPECT(seen_->ticks.empty() || seen_->ticks.back() < tick.number);
    seen_->ticks.push_back(tick.number);
    return Sleep(absl::Milliseconds(1));
  }

 private:
  Seen* const seen_;
};

void AddSubscriber(Node& node, const ActorRef<PubSub<Tick>>& ticks, Told* told, Random& chance) {
  Seen& seen = told->subscribers.emplace_back();
  seen.kind = static_cast<Kind>(chance.Below(3));
  auto subscriber = node.SpawnWith<Subscriber>(
      {.mailbox_capacity = static_cast<int32_t>(1 + chance.Below(4))}, &seen);
  seen.actor = ActorRef<Actor>(subscriber.cell());
  REHEARSE_EXPECT(ticks.Ask(Subscribe<Tick>{subscriber, {seen.kind, absl::Milliseconds(2)}}).ok());
}

absl::Status Publish(Node& node, Told* told) {
  Random chance = node.random("subscribers");
  auto ticks = node.Spawn<PubSub<Tick>>();
  std::vector<int> complete;  // those that no panic cut short
  int number = 0;
  while (!told->calm) {
    if (chance.Below(4) == 0) AddSubscriber(node, ticks, told, chance);
    if (chance.Below(8) == 0 && !told->subscribers.empty()) {
      told->subscribers[chance.Below(told->subscribers.size())].actor.Kill();
    }
    if (ticks.Ask(Tick{++number}).ok()) complete.push_back(number);
    (void)Sleep(absl::Microseconds(static_cast<int64_t>(chance.Below(2000))));
  }
  (void)Sleep(absl::Seconds(1));
  size_t alive = 0;
  for (const Seen& seen : told->subscribers) {
    if (!seen.actor.alive()) continue;
    ++alive;
    if (seen.kind != Kind::kWait || seen.ticks.empty()) continue;
    for (const int tick : complete) {
      if (tick < seen.ticks.front()) continue;
      REHEARSE_EXPECT(std::binary_search(seen.ticks.begin(), seen.ticks.end(), tick))
          << "lost " << tick;
    }
  }
  REHEARSE_EXPECT_EQ(*ticks.Ask(CountSubscribers<Tick>{}), alive);
  told->over = true;
  return absl::OkStatus();
}

REHEARSE_TEST(PubSubScenario, KeepsOrderLosesNothingOfThoseItWaitsForAndForgetsTheDead) {
  Told& told = world.Shared<Told>();
  auto node = world.AddNode("node", [&told](Node& node) { return Publish(node, &told); });
  sim::PanicNowAndThen(world, node);
  told.calm = true;
  world.HealAndSettle(absl::Minutes(1), [&told] { return told.over; });
}

}  // namespace
}  // namespace rehearse
