// Links and monitors while actors panic, stop and are killed: each end is told once to each who is
// to know, whatever the schedule.

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <stdexcept>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/link.h"
#include "rehearse/actor/monitor.h"
#include "rehearse/actor/node.h"
#include "rehearse/sim/world/world.h"

namespace rehearse {
namespace {

struct Work {};
struct Fail {};
struct Finish {};

struct Told {
  // By who was told and whose end it was.
  std::map<std::pair<uint64_t, uint64_t>, int> by_link;
  std::map<std::pair<uint64_t, uint64_t>, int> by_monitor;
  std::vector<uint64_t> survivors;
  std::vector<uint64_t> ended;
  bool over = false;
};

// Outlives its links, and writes down what it is told.
class Survivor : public Actor {
 public:
  explicit Survivor(Told* told) : told_(told) {}

  AfterLinkDied OnLinkDied(ActorId who, const ExitReason&) override {
    ++told_->by_link[{Self(this).id().value, who.value}];
    return AfterLinkDied::kContinue;
  }
  void Handle(const Down& down) { ++told_->by_monitor[{Self(this).id().value, down.actor.value}]; }
  absl::Status Handle(const Work&) { return Sleep(absl::Milliseconds(1)); }
  void Handle(const Fail&) { throw std::runtime_error("a bug"); }
  void Handle(const Finish&) { Stop(); }

 private:
  Told* const told_;
};

// All are linked to and watched by all; half of them end, each in one of three ways.
absl::Status EndHalf(Node& node, Told* told) {
  constexpr uint64_t kActors = 8;
  Random chance = node.random("ends");
  std::vector<ActorRef<Survivor>> actors;
  for (uint64_t i = 0; i < kActors; ++i) {
    actors.push_back(node.Spawn<Survivor>(told));
    for (uint64_t j = 0; j < i; ++j) {
      Link(actors[i], actors[j]);
      Monitor(actors[i], actors[j]);
      Monitor(actors[j], actors[i]);
    }
  }
  for (uint64_t i = 0; i < kActors; ++i) {
    for (const ActorRef<Survivor>& actor : actors) (void)actor.TryTell(Work{});
    if (i % 2 == 0) {
      told->survivors.push_back(actors[i].id().value);
      continue;
    }
    told->ended.push_back(actors[i].id().value);
    (void)Sleep(absl::Microseconds(static_cast<int64_t>(chance.Below(2000))));
    switch (chance.Below(3)) {
      case 0: actors[i].Kill(); break;
      case 1: actors[i].Tell(Fail{}); break;
      default: actors[i].Tell(Finish{}); break;
    }
  }
  for (uint64_t i = 1; i < kActors; i += 2) (void)actors[i].Join();
  (void)Sleep(absl::Seconds(1));
  told->over = true;
  return absl::OkStatus();
}

TEST(ActorLinksScenario, EachEndIsToldOnce) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    sim::World world({.seed = seed});
    Told& told = world.Shared<Told>();
    world.AddNode("node", [&told](Node& node) { return EndHalf(node, &told); });
    world.RunUntil([&told] { return told.over; }, absl::Minutes(1));
    ASSERT_TRUE(told.over) << seed;
    for (const uint64_t survivor : told.survivors) {
      for (const uint64_t ended : told.ended) {
        ASSERT_EQ((told.by_link[{survivor, ended}]), 1) << "seed " << seed;
        ASSERT_EQ((told.by_monitor[{survivor, ended}]), 1) << "seed " << seed;
      }
    }
    for (const auto& [who, times] : told.by_link) ASSERT_LE(times, 1) << "seed " << seed;
    for (const auto& [who, times] : told.by_monitor) ASSERT_LE(times, 1) << "seed " << seed;
  }
}

}  // namespace
}  // namespace rehearse
