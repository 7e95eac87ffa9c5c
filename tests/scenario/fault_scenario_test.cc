// One fault at a time, done to nodes: what their programs and actors notice of it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/message_timer.h"
#include "rehearse/actor/node.h"
#include "rehearse/sim/world/world.h"
#include "tests/scenario/counter.h"

namespace rehearse {
namespace {

using sim::NodeHandle;
using sim::World;

double SecondsOf(Instant instant) { return static_cast<double>(instant.nanos()) / 1e9; }

// --- Crash and restart.

struct Incarnations {
  std::vector<uint64_t> of_programs;
};

TEST(CrashScenario, ARestartIsTheNextIncarnation) {
  World world({.seed = 1});
  const NodeHandle node = world.AddNode("node", [&world](Node& node) {
    world.Shared<Incarnations>().of_programs.push_back(node.incarnation());
    return absl::OkStatus();
  });
  for (uint64_t life = 1; life <= 3; ++life) {
    world.RunFor(absl::Seconds(1));
    EXPECT_EQ(node.incarnation(), life);
    world.Restart(node);  // it is up: nothing happens
    EXPECT_EQ(node.incarnation(), life);
    world.Crash(node, {.silent = life % 2 == 0});
    EXPECT_FALSE(node.up());
    world.Restart(node);
    EXPECT_TRUE(node.up());
  }
  world.RunFor(absl::Seconds(1));
  EXPECT_EQ(world.Shared<Incarnations>().of_programs, (std::vector<uint64_t>{1, 2, 3, 4}));
}

// Handles nothing for an hour.
class Sleepy : public Actor {
 public:
  int64_t Handle(const counter::Get&) {
    (void)Sleep(absl::Hours(1));
    return 0;
  }
};

using SleepyProtocol = Protocol<int64_t(counter::Get)>;

struct Answer {
  absl::Status status;
};

// When the ask of a client ends whose server crashes at 5 s.
double EndOfAsk(World& world, sim::CrashOptions crash) {
  const NodeHandle server = world.AddNode("server", [](Node& node) {
    return node.Register<SleepyProtocol>("sleepy", node.Spawn<Sleepy>());
  });
  world.AddNode("client", [&world](Node& node) -> absl::Status {
    auto sleepy = node.Named<SleepyProtocol>("sleepy@server");
    if (!sleepy.ok()) return sleepy.status();
    world.Shared<Answer>().status =
        sleepy->Ask(counter::Get{}, {.reply_timeout = absl::Seconds(60)}).status();
    return absl::OkStatus();
  });
  world.RunFor(absl::Seconds(5));
  world.Crash(server, crash);
  world.RunUntil([&] { return !world.Shared<Answer>().status.ok(); }, absl::Minutes(5));
  return SecondsOf(world.now());
}

TEST(CrashScenario, ACrashedProcessIsNoticedAtOnce) {
  World world({.seed = 2});
  EXPECT_LT(EndOfAsk(world, {}), 5.1);
  EXPECT_EQ(world.Shared<Answer>().status.code(), absl::StatusCode::kUnavailable);
}

TEST(CrashScenario, ASilentMachineIsNoticedByNothingButTheTime) {
  World world({.seed = 2});
  EXPECT_GT(EndOfAsk(world, {.silent = true}), 59);
  EXPECT_EQ(world.Shared<Answer>().status.code(), absl::StatusCode::kDeadlineExceeded);
}

// --- Timers of nodes that crashed or stand still.

struct Tick {};

struct Heard {
  std::vector<double> at;
};

class Metronome : public Actor {
 public:
  explicit Metronome(World* world) : world_(*world) {}
  absl::Status OnStart() override {
    SendEvery(Self(this), absl::Seconds(2), Tick{});
    return absl::OkStatus();
  }
  void Handle(const Tick&) { world_.Shared<Heard>().at.push_back(SecondsOf(world_.now())); }

 private:
  World& world_;
};

Program KeepTime(World& world) {
  return [&world](Node& node) {
    node.Spawn<Metronome>(&world);
    return absl::OkStatus();
  };
}

// Rounded to tenths: each step takes a little time.
std::vector<int64_t> Tenths(const std::vector<double>& seconds) {
  std::vector<int64_t> tenths;
  for (const double at : seconds) tenths.push_back(static_cast<int64_t>(at * 10 + 0.5));
  return tenths;
}

TEST(CrashScenario, ACrashedNodesTimersSayNothingMore) {
  std::vector<std::string> lines;
  World world({.seed = 3, .on_event = [&](absl::string_view line) { lines.emplace_back(line); }});
  const NodeHandle node = world.AddNode("node", KeepTime(world));
  world.RunFor(absl::Seconds(5));
  EXPECT_EQ(Tenths(world.Shared<Heard>().at), (std::vector<int64_t>{20, 40}));
  world.Crash(node);
  const size_t before = lines.size();
  world.RunFor(absl::Minutes(1));
  EXPECT_EQ(lines.size(), before) << lines.back();
}

TEST(PauseScenario, TimersThatAreDueMeanwhileWaitAndMissedTicksAreLeftOut) {
  std::vector<std::string> lines;
  World world({.seed = 3, .on_event = [&](absl::string_view line) { lines.emplace_back(line); }});
  const NodeHandle node = world.AddNode("node", KeepTime(world));
  world.RunFor(absl::Seconds(5));
  world.Pause(node);
  const size_t before = lines.size();
  world.RunFor(absl::Milliseconds(4500));
  EXPECT_EQ(lines.size(), before) << lines.back();
  world.Resume(node);
  world.RunFor(absl::Seconds(3));
  EXPECT_EQ(Tenths(world.Shared<Heard>().at), (std::vector<int64_t>{20, 40, 95, 100, 120}));
}

TEST(PauseScenario, TimeGoesOnButNothingRuns) {
  World world({.seed = 4});
  const auto beat = [&world](Node&) -> absl::Status {
    while (true) {
      if (absl::Status status = Sleep(absl::Seconds(1)); !status.ok()) return status;
      world.Shared<Heard>().at.push_back(SecondsOf(world.now()));
    }
  };
  const NodeHandle node = world.AddNode("node", beat);
  world.RunFor(absl::Milliseconds(2500));
  world.Pause(node);
  world.RunFor(absl::Seconds(10));
  EXPECT_EQ(Tenths(world.Shared<Heard>().at), (std::vector<int64_t>{10, 20}));
  EXPECT_EQ(SecondsOf(node.node().clock().Now()), 12.5);
  world.Resume(node);
  world.RunFor(absl::Milliseconds(2500));
  EXPECT_EQ(Tenths(world.Shared<Heard>().at), (std::vector<int64_t>{10, 20, 125, 135, 145}));
}

// --- Panics.

struct Nap {};

// Waits once for each nap.
class Napper : public Actor {
 public:
  int64_t Handle(const Nap&) {
    (void)Sleep(absl::Seconds(1));
    return ++naps_;
  }

 private:
  int64_t naps_ = 0;
};

struct Naps {
  std::vector<absl::StatusOr<int64_t>> of_one;
  std::vector<absl::StatusOr<int64_t>> of_other;
};

// Two actors nap by turns, the first at 0 s, six times each; the program itself waits all the time.
Program PutToSleep(World& world) {
  return [&world](Node& node) {
    const auto one = node.Spawn<Napper>();
    const auto other = node.Spawn<Napper>();
    for (int i = 0; i < 6; ++i) {
      world.Shared<Naps>().of_one.push_back(one.Ask(Nap{}));
      world.Shared<Naps>().of_other.push_back(other.Ask(Nap{}));
    }
    return absl::OkStatus();
  };
}

std::vector<absl::StatusCode> CodesOf(const std::vector<absl::StatusOr<int64_t>>& answers) {
  std::vector<absl::StatusCode> codes;
  for (const auto& answer : answers) codes.push_back(answer.status().code());
  return codes;
}

constexpr absl::StatusCode kGood = absl::StatusCode::kOk;
constexpr absl::StatusCode kPanicked = absl::StatusCode::kAborted;
constexpr absl::StatusCode kGone = absl::StatusCode::kNotFound;

TEST(PanicScenario, HitsTheNthWaitOfTheNodesActorsAndTheOthersLive) {
  World world({.seed = 5});
  const NodeHandle node = world.AddNode("node", PutToSleep(world));
  world.PanicAtSuspension(node, 5);  // the third nap of the first
  world.RunFor(absl::Minutes(1));
  EXPECT_EQ(CodesOf(world.Shared<Naps>().of_one),
            (std::vector<absl::StatusCode>{kGood, kGood, kPanicked, kGone, kGone, kGone}));
  EXPECT_EQ(CodesOf(world.Shared<Naps>().of_other), std::vector<absl::StatusCode>(6, kGood));
  EXPECT_FALSE(world.failed());
  EXPECT_TRUE(node.up());
}

TEST(KillScenario, HitsTheNthWaitOfTheNodesActorsAndTheOthersLive) {
  World world({.seed = 5});
  const NodeHandle node = world.AddNode("node", PutToSleep(world));
  world.KillAtSuspension(node, 5);  // the third nap of the first
  world.RunFor(absl::Minutes(1));
  EXPECT_EQ(CodesOf(world.Shared<Naps>().of_one),
            (std::vector<absl::StatusCode>{kGood, kGood, kPanicked, kGone, kGone, kGone}));
  EXPECT_THAT(world.Shared<Naps>().of_one[2].status().message(), testing::HasSubstr("was killed"));
  EXPECT_EQ(CodesOf(world.Shared<Naps>().of_other), std::vector<absl::StatusCode>(6, kGood));
}

TEST(PanicScenario, IsTheNextWaitForOneAndNoneOnceTakenBack) {
  for (const bool taken_back : {false, true}) {
    World world({.seed = 6});
    const NodeHandle node = world.AddNode("node", PutToSleep(world));
    world.RunFor(absl::Milliseconds(500));  // the first nap has begun
    world.PanicAtSuspension(node, 1);
    if (taken_back) world.PanicAtSuspension(node, 0);
    world.RunFor(absl::Minutes(1));
    EXPECT_EQ(CodesOf(world.Shared<Naps>().of_one), std::vector<absl::StatusCode>(6, kGood));
    EXPECT_EQ(CodesOf(world.Shared<Naps>().of_other)[0], taken_back ? kGood : kPanicked);
  }
}

TEST(PanicScenario, HealingTakesAnArmedOneBack) {
  World world({.seed = 7});
  const NodeHandle node = world.AddNode("node", PutToSleep(world));
  world.RunFor(absl::Milliseconds(500));
  world.PanicAtSuspension(node, 1);
  world.HealAndSettle(absl::Minutes(1), [&] { return world.Shared<Naps>().of_other.size() == 6; });
  EXPECT_EQ(CodesOf(world.Shared<Naps>().of_other), std::vector<absl::StatusCode>(6, kGood));
}

// --- Clocks.

struct Readings {
  std::vector<Instant> now;
  std::vector<absl::Time> wall;
};

// Reads its clock each second of its own time.
Program ReadClock(World& world) {
  return [&world](Node& node) -> absl::Status {
    while (true) {
      world.Shared<Readings>().now.push_back(node.clock().Now());
      world.Shared<Readings>().wall.push_back(*node.clock().WallTime());
      if (absl::Status status = Sleep(absl::Seconds(1)); !status.ok()) return status;
    }
  };
}

// `absl::Duration`s of a world differ by the steps in it, 100 ns each.
void ExpectAbout(absl::Duration length, absl::Duration expected) {
  EXPECT_LT(absl::AbsDuration(length - expected), absl::Milliseconds(1)) << length;
}

TEST(ClockScenario, AnOffsetMovesTheCalendarAndNotTheClock) {
  World world({.seed = 8});
  const NodeHandle node = world.AddNode("node", ReadClock(world));
  world.RunFor(absl::Milliseconds(1500));
  world.SetClock(node, -absl::Hours(1), 0);
  world.RunFor(absl::Seconds(1));
  world.SetClock(node, absl::ZeroDuration(), 0);
  world.RunFor(absl::Seconds(1));
  const Readings& read = world.Shared<Readings>();
  ASSERT_EQ(read.now.size(), 4u);
  for (size_t i = 1; i < 4; ++i) ExpectAbout(read.now[i] - read.now[i - 1], absl::Seconds(1));
  ExpectAbout(read.wall[1] - read.wall[0], absl::Seconds(1));
  ExpectAbout(read.wall[2] - read.wall[1], absl::Seconds(1) - absl::Hours(1));
  ExpectAbout(read.wall[3] - read.wall[2], absl::Seconds(1) + absl::Hours(1));
}

TEST(ClockScenario, ADriftMovesBothAndTheTimeouts) {
  World world({.seed = 9});
  const NodeHandle node = world.AddNode("node", ReadClock(world));
  const NodeHandle other = world.AddNode("other", [](Node&) { return absl::OkStatus(); });
  world.SetClock(node, absl::ZeroDuration(), 100000);
  world.RunFor(absl::Seconds(100));
  const Readings& read = world.Shared<Readings>();
  // It gains 10 s in 100, so 110 of its seconds pass.
  EXPECT_EQ(read.now.size(), 110u);
  ExpectAbout(node.node().clock().Now() - Instant(), absl::Seconds(110));
  ExpectAbout(other.node().clock().Now() - Instant(), absl::Seconds(100));
  ExpectAbout(read.wall.back() - read.wall.front(), absl::Seconds(109));
}

TEST(ClockScenario, ARestartForgetsIt) {
  World world({.seed = 10});
  const NodeHandle node = world.AddNode("node", ReadClock(world));
  world.SetClock(node, absl::Hours(1), 500000);
  world.RunFor(absl::Seconds(10));
  world.Crash(node);
  world.Restart(node);
  world.RunFor(absl::Seconds(10));
  ExpectAbout(node.node().clock().Now() - Instant(), absl::Seconds(10));
}

}  // namespace
}  // namespace rehearse
