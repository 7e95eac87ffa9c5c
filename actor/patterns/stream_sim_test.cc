// Streams whose sources, consumers and pumps panic or are killed at their waits.

#include "rehearse/actor/patterns/stream.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/random.h"
#include "rehearse/actor/node.h"
#include "rehearse/sim/runner/rehearse_test.h"
#include "rehearse/sim/testkit/panics.h"

namespace rehearse {
namespace {

// What one consumer saw of its stream. Not moved: it is written to until the end.
struct Seen {
  bool started = false;
  int last = 0;
  bool finished = false;
};

struct Told {
  std::deque<Seen> streams;
  int whole = 0;
  bool calm = false;
  bool over = false;
};

constexpr int kItems = 20;

class Consumer : public Actor {
 public:
  Consumer(Seen* seen, Told* told) : seen_(seen), told_(told) {}
  void Handle(const StreamStarted&) {
    REHEARSE_EXPECT(!seen_->started && seen_->last == 0);
    seen_->started = true;
  }
  absl::Status Handle(const StreamNext<int>& next) {
    REHEARSE_EXPECT(seen_->started && !seen_->finished);
    REHEARSE_EXPECT_EQ(next.item, seen_->last + 1);
    seen_->last = next.item;
    return Sleep(absl::Milliseconds(1));
  }
  void Handle(const StreamFinished& finished) {
    REHEARSE_EXPECT(!seen_->finished);
    seen_->finished = true;
    REHEARSE_EXPECT(!finished.status.ok() || seen_->last == kItems);
    told_->whole += finished.status.ok() ? 1 : 0;
  }

 private:
  Seen* const seen_;
  Told* const told_;
};

StreamSource<int> Count(Random chance, std::shared_ptr<int> alive) {
  return [chance, alive, next = 0]() mutable -> std::optional<int> {
    if (chance.Below(2) == 0 && !Sleep(absl::Milliseconds(2)).ok()) return std::nullopt;
    if (next == kItems) return std::nullopt;
    return ++next;
  };
}

absl::Status Attach(Node& node, Told* told) {
  Random chance = node.random("streams");
  auto sources = std::make_shared<int>(0);
  while (!told->calm) {
    Seen& seen = told->streams.emplace_back();
    auto consumer = node.SpawnWith<Consumer>(
        {.mailbox_capacity = static_cast<int32_t>(1 + chance.Below(4))}, &seen, told);
    auto stream =
        AttachStream<int>(consumer, Count(chance.Split("source", told->streams.size()), sources));
    if (chance.Below(2) == 0) {
      (void)Sleep(absl::Milliseconds(static_cast<int64_t>(chance.Below(40))));
      switch (chance.Below(3)) {
        case 0: consumer.Kill(); break;
        case 1: consumer.Stop(); break;
        default: stream.Stop(); break;
      }
    }
    REHEARSE_EXPECT(stream.Join(absl::Seconds(1)).ok()) << "a stream outlived its end";
    consumer.Stop();
  }
  (void)Sleep(absl::Seconds(1));
  REHEARSE_EXPECT_EQ(sources.use_count(), 1) << "a source outlived its stream";
  told->over = true;
  return absl::OkStatus();
}

REHEARSE_TEST(StreamScenario, IsAPrefixInOrderAndEndsWithEitherSide) {
  Told& told = world.Shared<Told>();
  auto node = world.AddNode("node", [&told](Node& node) { return Attach(node, &told); });
  sim::PanicNowAndThen(world, node,
                       {.times = 100, .every = absl::Milliseconds(20), .waits_max = 80});
  told.calm = true;
  world.HealAndSettle(absl::Minutes(1), [&told] { return told.over; });
  REHEARSE_EXPECT_GT(told.whole, 0);
}

}  // namespace
}  // namespace rehearse
