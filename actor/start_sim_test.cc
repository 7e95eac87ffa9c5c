// Actors that tell themselves something as they start, while others tell them more, through small
// mailboxes, with panics at any wait: in each life that starts, its own comes first and in order,
// and so does what each of the others sends.

#include <cstdint>
#include <stdexcept>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/inbox.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/supervision/supervised.h"
#include "rehearse/sim/runner/rehearse_test.h"
#include "rehearse/sim/testkit/panics.h"

namespace rehearse {
namespace {

using sim::NodeHandle;
using sim::World;

constexpr int kOthers = 3;
constexpr int kMessages = 60;

struct Own {
  int life = 0;
  int number = 0;
};
struct Other {
  int sender = 0;
  int number = 0;
};
struct NoMessages {};

struct Story {
  int lives = 0;
  int started = 0;
  int heard[kOthers] = {};  // the last number of each
  int gone = 0;             // others that have told all
};

class Starter : public Actor {
 public:
  Starter(Story* story, int capacity)
      : story_(story), life_(++story->lives), chance_(node().random("starter")) {
    chance_ = chance_.Split("life", static_cast<uint64_t>(life_));
    wanted_ = static_cast<int>(chance_.Below(static_cast<uint64_t>(capacity) + 1));
  }

  absl::Status OnStart() override {
    for (int i = 0; i < wanted_; ++i) {
      if (chance_.Below(2) == 0) (void)Sleep(absl::Microseconds(chance_.Between(0, 3000)));
      const SendResult told = Self(this).Tell(Own{life_, told_});
      // What starts that failed have left counts as well.
      REHEARSE_EXPECT(told.ok() || life_ > 1) << "number " << i << " of " << wanted_;
      if (told.ok()) ++told_;
    }
    ++story_->started;
    return absl::OkStatus();
  }

  void Handle(const Own& own) {
    const bool is_older = own.life < life_;  // of a start that failed
    REHEARSE_EXPECT_EQ(next_, is_older ? 0 : own.number);
    if (!is_older) ++next_;
  }
  void Handle(const Other& other) {
    ExpectOwnIsOver();
    int& last = story_->heard[other.sender];
    REHEARSE_EXPECT(other.number > last) << other.number << " after " << last;
    last = other.number;
    if (chance_.Below(10) == 0) throw std::runtime_error("a bug");
    if (chance_.Below(4) == 0) (void)Sleep(absl::Microseconds(chance_.Between(0, 500)));
  }

 private:
  void ExpectOwnIsOver() { REHEARSE_EXPECT_EQ(next_, told_); }

  Story* const story_;
  const int life_;
  Random chance_;
  int wanted_ = 0;
  int told_ = 0;
  int next_ = 0;
};

absl::Status Play(Node& node, Story* story) {
  Random chance = node.random("play");
  const int capacity = static_cast<int>(chance.Between(1, 6));
  SpawnOptions options;
  options.mailbox_capacity = static_cast<uint16_t>(capacity);
  const auto starter = SpawnSupervisedWith<Starter>(
      node, options, [](const ExitReason&) { return Verdict::Restart(); }, story, capacity);
  for (int sender = 0; sender < kOthers; ++sender) {
    node.Spawn([=, chance = chance.Split("other", static_cast<uint64_t>(sender))](
                   Inbox<void(NoMessages)>&) mutable {
      for (int number = 1; number <= kMessages; ++number) {
        (void)starter.Tell(Other{sender, number});
        if (chance.Below(4) == 0) (void)Sleep(absl::Microseconds(chance.Between(0, 2000)));
      }
      ++story->gone;
    });
  }
  return absl::OkStatus();
}

REHEARSE_TEST(Start, WhatAnActorTellsItselfComesFirst) {
  Story& story = world.Shared<Story>();
  const NodeHandle node =
      world.AddNode("node", [&story](Node& node) { return Play(node, &story); });
  sim::PanicNowAndThen(world, node, {.times = 20, .every = absl::Milliseconds(5)});
  world.RunFor(absl::Minutes(1));
  REHEARSE_EXPECT(story.started > 0);
}

}  // namespace
}  // namespace rehearse
