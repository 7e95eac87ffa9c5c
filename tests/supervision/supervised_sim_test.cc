// An actor whose supervising value builds each life of other arguments, or of the last ones: with
// panics at any wait and kills at any time, each life has what was decided for it, and what it is
// sent comes once and in order.

#include <cstdint>
#include <stdexcept>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/supervision/supervised.h"
#include "rehearse/sim/runner/rehearse_test.h"
#include "rehearse/sim/testkit/panics.h"
#include "tests/supervision/ledger.h"

namespace rehearse {
namespace {

using sim::NodeHandle;
using sim::World;

struct Numbered {
  uint64_t number = 0;
};
struct Fail {};
struct Which {};

struct Story {
  Ledger ledger;
  int given = 0;     // arguments that were made up so far
  int expected = 0;  // of the next life
  int lives = 0;
  bool over = false;
};

class Laborer : public Actor {
 public:
  Laborer(Story* story, int argument) : story_(story), argument_(argument) {
    REHEARSE_EXPECT_EQ(argument, story_->expected);
    ++story_->lives;
    story_->ledger.Begins(id());
  }
  ~Laborer() override { story_->ledger.Ends(id()); }

  absl::Status OnStart() override {
    (void)Sleep(absl::Milliseconds(1));
    story_->ledger.Starts(id());
    return absl::OkStatus();
  }
  void Handle(const Numbered& message) {
    story_->ledger.Handles(id(), message.number);
    (void)Sleep(absl::Microseconds(100));
  }
  void Handle(const Fail&) { throw std::runtime_error("a bug"); }
  int Handle(const Which&) { return argument_; }

 private:
  uint64_t id() { return Self(this).id().value; }

  Story* const story_;
  const int argument_;
};

absl::Status Play(Node& node, Story* story) {
  Random chance = node.random("play");
  // It may be asked twice about one end, if a kill finds it between two lives: what it says last is
  // what holds, and of arguments those of the life that is over.
  const auto decide = [story, current = 0, chance = chance.Split("decide", 0)](
                          const ExitReason&) mutable -> VerdictFor<Laborer> {
    if (story->lives != current) {
      current = story->lives;
      story->given = story->expected;
    }
    const absl::Duration pause = absl::Microseconds(chance.Between(0, 2000));
    if (chance.Below(3) == 0) {
      story->expected = story->given;
      return Verdict::Restart(pause);
    }
    story->expected = story->given + 1;
    return RestartWith<Laborer>(story, story->expected).After(pause);
  };
  const auto laborer = SpawnSupervised<Laborer>(node, decide, story, 0);
  for (uint64_t number = 1; number <= 300; ++number) {
    (void)laborer.TryTell(Numbered{number});
    if (chance.Below(8) == 0) laborer.Tell(Fail{});
    // Between two lives a kill is the end.
    if (number > 50 && chance.Below(20) == 0) laborer.Kill();
    (void)Sleep(absl::Microseconds(chance.Between(0, 2000)));
  }
  (void)Sleep(absl::Seconds(10));
  const auto which = laborer.Ask(Which{}, {.reply_timeout = absl::Minutes(1)});
  if (laborer.alive()) {
    REHEARSE_EXPECT(which.ok()) << which.status().ToString();
    REHEARSE_EXPECT_EQ(which.value_or(-1), story->expected);
  }
  story->over = true;
  return absl::OkStatus();
}

REHEARSE_TEST(Supervised, EachLifeIsBuiltOfWhatWasDecidedForIt) {
  Story& story = world.Shared<Story>();
  const NodeHandle node =
      world.AddNode("node", [&story](Node& node) { return Play(node, &story); });
  sim::PanicNowAndThen(world, node);
  world.HealAndSettle(absl::Hours(1), [&story] { return story.over; });
  REHEARSE_EXPECT(story.lives > 1) << "it never ended";
}

}  // namespace
}  // namespace rehearse
