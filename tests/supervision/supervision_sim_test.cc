// Trees of supervisors and workers that panic, stop, are killed and hang, at times of the seed's
// choice: no two lives of an actor overlap, its messages come once and in order, whoever is to be
// back is back, and the end of the tree is the end of all.

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/supervision/supervisor.h"
#include "rehearse/sim/runner/rehearse_test.h"
#include "tests/supervision/ledger.h"

namespace rehearse {
namespace {

using sim::World;

struct Numbered {
  uint64_t number = 0;
};
struct Fail {};
struct Finish {};
struct Nap {
  absl::Duration length;
};
struct Hello {};

class Laborer;

// What a story's actors share.
struct Story {
  struct Member {
    ActorRef<Laborer> ref;
    Restart restart = Restart::kPermanent;
    // By others than its supervisor, which may have found it between two lives.
    bool was_ended = false;
    uint64_t supervisor = 0;  // whose child it is
    uint64_t sent = 0;
  };

  Ledger ledger;
  std::vector<Member> members;  // of supervisors' present lives; the rest is gone
  bool over = false;
};

class Laborer : public Actor {
 public:
  explicit Laborer(Story* story) : story_(story), chance_(node().random("worker")) {
    story_->ledger.Begins(id());
  }
  ~Laborer() override { story_->ledger.Ends(id()); }

  absl::Status OnStart() override {
    if (chance_.Below(4) == 0) (void)Sleep(Some(10));
    story_->ledger.Starts(id());
    return absl::OkStatus();
  }
  void OnStop(const ExitReason&) override {
    story_->ledger.Stops(id());
    if (chance_.Below(4) == 0) (void)Sleep(Some(20));
  }
  void Handle(const Numbered& message) {
    story_->ledger.Handles(id(), message.number);
    if (chance_.Below(4) == 0) (void)Sleep(Some(2));
  }
  void Handle(const Fail&) { throw std::runtime_error("a bug"); }
  void Handle(const Finish&) { Stop(); }
  absl::Status Handle(const Nap& nap) { return Sleep(nap.length); }
  int Handle(const Hello&) { return 1; }

 private:
  uint64_t id() { return Self(this).id().value; }
  absl::Duration Some(int64_t milliseconds) {
    return absl::Microseconds(chance_.Between(0, milliseconds * 1000));
  }

  Story* const story_;
  Random chance_;
};

SupervisorOptions SomeOptions(Random& chance, int restarts) {
  SupervisorOptions options;
  options.strategy = static_cast<Strategy>(chance.Below(3));
  options.limit = {.restarts = restarts, .window = absl::Seconds(5)};
  if (chance.Below(2) == 0) options.back_off.first = absl::Milliseconds(chance.Between(1, 50));
  return options;
}

class Foreman : public Supervisor {
 public:
  Foreman(const SupervisorOptions& options, Story* story, int depth)
      : Supervisor(options), story_(story), depth_(depth), chance_(node().random("foreman")) {}
  ~Foreman() override {
    std::erase_if(story_->members, [id = Self(this).id().value](const Story::Member& member) {
      return member.supervisor == id;
    });
  }

  absl::Status OnStart() override {
    Random chance = chance_.Split("children", Self(this).id().value);
    const int children = static_cast<int>(chance.Between(1, 4));
    for (int i = 0; i < children; ++i) {
      if (depth_ > 0 && chance.Below(3) == 0) {
        Supervise<Foreman>({}, SomeOptions(chance, 3), story_, depth_ - 1);
        continue;
      }
      const auto restart = static_cast<Restart>(chance.Below(3));
      const ActorRef<Laborer> worker = Supervise<Laborer>(
          {.restart = restart, .stop_timeout = absl::Milliseconds(chance.Between(10, 1000))},
          story_);
      story_->members.push_back({worker, restart, false, Self(this).id().value, 0});
    }
    return absl::OkStatus();
  }

 private:
  Story* const story_;
  const int depth_;
  Random chance_;
};

void Annoy(Story::Member& member, Random& chance) {
  switch (chance.Below(12)) {
    case 0: member.ref.Tell(Fail{}); break;
    case 1: member.ref.Tell(Finish{}); break;
    case 2: member.ref.Tell(Nap{absl::Seconds(chance.Between(0, 3))}); break;
    case 3:
      member.was_ended = true;
      member.ref.Stop();
      break;
    case 4:
      member.was_ended = true;
      member.ref.Kill();
      break;
    case 5:
      if (chance.Below(4) != 0) break;
      member.was_ended = true;
      member.ref.StopForGood();
      break;
    default: (void)member.ref.TryTell(Numbered{++member.sent}); break;
  }
}

// Whoever was left to its supervisor, and is permanent, answers in the end.
void ExpectAllBack(Story& story) {
  const std::vector<Story::Member> members = story.members;
  for (const Story::Member& member : members) {
    if (member.was_ended || member.restart != Restart::kPermanent) continue;
    const auto hello = member.ref.Ask(Hello{}, {.reply_timeout = absl::Minutes(1)});
    REHEARSE_EXPECT(hello.ok()) << member.ref.ToString() << ": " << hello.status().ToString();
  }
}

absl::Status Play(Node& node, Story* story) {
  Random chance = node.random("play");
  const ActorRef<Foreman> root = node.Spawn<Foreman>(SomeOptions(chance, 1000), story, 2);
  (void)root.AwaitStart();
  for (int step = 0; step < 150; ++step) {
    if (!story->members.empty()) {
      Annoy(story->members[chance.Below(story->members.size())], chance);
    }
    if (chance.Below(3) == 0) (void)Sleep(absl::Microseconds(chance.Between(0, 20'000)));
  }
  // The longest that anything takes: naps, and stop timeouts one after the other.
  (void)Sleep(absl::Minutes(5));
  if (root.alive()) ExpectAllBack(*story);
  root.StopForGood();
  const auto reason = root.Join(absl::Minutes(5));
  REHEARSE_EXPECT(reason.ok()) << reason.status().ToString();
  REHEARSE_EXPECT_EQ(story->ledger.alive(), 0);
  story->over = true;
  return absl::OkStatus();
}

void PlayOut(World& world) {
  world.HealAndSettle(absl::Hours(1), [&world] { return world.Shared<Story>().over; });
}

REHEARSE_TEST(Supervision, KeepsItsRules) {
  Story& story = world.Shared<Story>();
  world.AddNode("node", [&story](Node& node) { return Play(node, &story); });
  PlayOut(world);
}

// The same with panics at any wait: of workers, of supervisors in the midst of a restart, and
// between two lives.
REHEARSE_TEST(Supervision, KeepsItsRulesWhenAnyWaitPanics) {
  Story& story = world.Shared<Story>();
  const sim::NodeHandle node =
      world.AddNode("node", [&story](Node& node) { return Play(node, &story); });
  Random chance = world.random("panics");
  for (int i = 0; i < 40; ++i) {
    world.PanicAtSuspension(node, 1 + chance.Below(20));
    world.RunFor(absl::Milliseconds(chance.Between(1, 60)));
  }
  PlayOut(world);
}

}  // namespace
}  // namespace rehearse
