// A broker, and a bus in front of it, while subscribers come, change their minds, panic and are
// killed at their waits.

#include "rehearse/actor/patterns/broker.h"

#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/random.h"
#include "rehearse/actor/map.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/patterns/message_bus.h"
#include "rehearse/sim/runner/rehearse_test.h"
#include "rehearse/sim/testkit/panics.h"

namespace rehearse {
namespace {

struct News {
  int number = 0;
  int level = 0;
};

// One subscriber. Not moved: it is written to until the end.
struct Seen {
  int level = 0;
  ActorRef<Actor> actor;
  int last = 0;
};

struct Told {
  std::deque<Seen> subscribers;
  bool calm = false;
  bool over = false;
};

class Subscriber : public Actor {
 public:
  explicit Subscriber(Seen* seen) : seen_(seen) {}
  absl::Status Handle(const News& news) {
    REHEARSE_EXPECT_EQ(news.level, seen_->level);
    REHEARSE_EXPECT_LT(seen_->last, news.number);  // in order, and each once
    seen_->last = news.number;
    return Sleep(absl::Milliseconds(1));
  }

 private:
  Seen* const seen_;
};

// By two patterns that match the same.
void AddSubscriber(Node& node, const ActorRef<Broker<News>>& broker, Told* told, int level) {
  Seen& seen = told->subscribers.emplace_back();
  seen.level = level;
  auto subscriber = node.SpawnWith<Subscriber>({.mailbox_capacity = 1}, &seen);
  seen.actor = ActorRef<Actor>(subscriber.cell());
  for (const char* pattern : {"news/", "**/"}) {
    REHEARSE_EXPECT(
        broker.Ask(SubscribeTopic<News>{absl::StrCat(pattern, level), subscriber}).ok());
  }
}

absl::Status Report(Node& node, Told* told) {
  Random chance = node.random("news");
  auto broker = node.Spawn<Broker<News>>();
  auto bus = node.Spawn<MessageBus<News>>();
  bus.Tell(Subscribe<News>{Map<News>(Recipient<PublishTopic<News>>(broker), [](const News& news) {
    return PublishTopic<News>{absl::StrCat("news/", news.level), news};
  })});
  int number = 0;
  while (!told->calm) {
    const int level = static_cast<int>(chance.Below(3));
    if (chance.Below(4) == 0) AddSubscriber(node, broker, told, level);
    if (chance.Below(8) == 0 && !told->subscribers.empty()) {
      told->subscribers[chance.Below(told->subscribers.size())].actor.Kill();
    }
    REHEARSE_EXPECT(bus.Tell(News{++number, level}).ok());
    (void)Sleep(absl::Microseconds(static_cast<int64_t>(chance.Below(2000))));
  }
  (void)Sleep(absl::Seconds(1));
  for (int level = 0; level < 3; ++level) {
    size_t alive = 0;
    for (const Seen& seen : told->subscribers) {
      if (seen.level == level && seen.actor.alive()) ++alive;
    }
    const News last{++number, level};
    REHEARSE_EXPECT_EQ(broker.Ask(PublishTopic<News>{absl::StrCat("news/", level), last})->told,
                       alive);
  }
  told->over = true;
  return absl::OkStatus();
}

REHEARSE_TEST(BrokerScenario, TellsTheLivingOnceInOrderAndForgetsTheDead) {
  Told& told = world.Shared<Told>();
  auto node = world.AddNode("node", [&told](Node& node) { return Report(node, &told); });
  sim::PanicNowAndThen(world, node);
  told.calm = true;
  world.HealAndSettle(absl::Minutes(1), [&told] { return told.over; });
}

}  // namespace
}  // namespace rehearse
