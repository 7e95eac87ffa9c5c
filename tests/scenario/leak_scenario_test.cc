// What a program leaves behind: refs and actors that outlive their node, and more and more of them.

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/node.h"
#include "rehearse/sim/world/world.h"

namespace rehearse {
namespace {

using sim::NodeHandle;
using sim::RunResult;
using sim::Verdict;
using sim::World;

struct Meet {
  ActorRef<class Friend> other;
};

// Knows another, and, what is the mistake, by a ref in an object that keeps itself alive.
class Friend : public Actor {
 public:
  explicit Friend(bool leaks) : leaks_(leaks) {}
  void Handle(const Meet& meet) {
    known_ = std::make_shared<Known>();
    known_->other = meet.other;
    if (leaks_) known_->itself = known_;
  }

 private:
  struct Known {
    ActorRef<Friend> other;
    std::shared_ptr<Known> itself;
  };
  const bool leaks_;
  std::shared_ptr<Known> known_;
};

RunResult PlayFriends(bool leaks) {
  World world({.seed = 1});
  const NodeHandle node = world.AddNode("town", [leaks](Node& node) {
    auto one = node.Spawn<Friend>(leaks);
    auto other = node.Spawn<Friend>(leaks);
    one.Tell(Meet{other});
    return node.Register<Protocol<>>("one", one);
  });
  world.RunFor(absl::Seconds(1));
  world.Stop(node);
  world.RunFor(absl::Minutes(1));
  EXPECT_FALSE(node.up());
  return world.Finish();
}

TEST(LeakScenario, ARefThatOutlivesItsNodeIsFoundAndItsActorNamed) {
  const RunResult result = PlayFriends(true);
  EXPECT_EQ(result.verdict, Verdict::kSafety);
  EXPECT_NE(result.reason.find("leaked ref: 1 ref to "), std::string::npos) << result.reason;
  EXPECT_NE(result.reason.find("Friend#2 on town left"), std::string::npos) << result.reason;
}

TEST(LeakScenario, WhoLeavesNothingBehindIsNotFound) {
  const RunResult result = PlayFriends(false);
  EXPECT_EQ(result.verdict, Verdict::kGood) << result.reason;
}

TEST(LeakScenario, WhileANodeIsUpItsRefsMayBe) {
  World world({.seed = 1});
  ActorRef<Friend> kept;
  world.AddNode("town", [&kept](Node& node) {
    kept = node.Spawn<Friend>(false);
    return absl::OkStatus();
  });
  world.AddNode("village", [](Node&) { return absl::OkStatus(); });
  world.RunFor(absl::Seconds(1));
  world.Stop(world.nodes()[0]);
  world.RunFor(absl::Minutes(1));
  EXPECT_EQ(world.Finish().verdict, Verdict::kGood);
  kept = {};
}

struct Park {};

// Can be neither stopped nor killed where it waits.
class Stubborn : public Actor {
 public:
  void Handle(const Park&) { WaitForEver(); }

 private:
  static void WaitForEver() noexcept {
    while (true) Sleep(absl::Hours(1)).IgnoreError();
  }
};

TEST(LeakScenario, AnActorThatOutlivesItsNodeIsFound) {
  World world({.seed = 1});
  const NodeHandle node = world.AddNode("town", [](Node& node) {
    node.Spawn<Stubborn>().Tell(Park{});
    return absl::OkStatus();
  });
  world.RunFor(absl::Seconds(1));
  world.Stop(node);
  world.RunFor(absl::Hours(3));
  EXPECT_FALSE(node.up());
  const RunResult result = world.Finish();
  EXPECT_EQ(result.verdict, Verdict::kSafety) << result.reason;
  EXPECT_NE(result.reason.find("Stubborn#1 on town"), std::string::npos) << result.reason;
}

// --- More and more.

class Idle : public Actor {};

RunResult PlayWithBound(Program program, size_t held_max) {
  World world({.seed = 1, .held_max = held_max});
  world.AddNode("town", std::move(program));
  world.RunFor(absl::Hours(1));
  return world.Finish();
}

TEST(LeakScenario, AProgramThatSpawnsForEverIsStoppedAndItsActorsNamed) {
  const RunResult result = PlayWithBound(
      [](Node& node) -> absl::Status {
        while (true) {
          node.Spawn<Idle>();
          if (absl::Status status = Sleep(absl::Microseconds(1)); !status.ok()) return status;
        }
      },
      10000);
  EXPECT_EQ(result.verdict, Verdict::kLiveness);
  EXPECT_NE(result.reason.find("actors and messages, more than 10000: "), std::string::npos)
      << result.reason;
  EXPECT_NE(result.reason.find("::Idle"), std::string::npos) << result.reason;
}

// Never done with its first message.
class Busy : public Actor {
 public:
  void Handle(const Park&) { Sleep(absl::InfiniteDuration()).IgnoreError(); }
};

TEST(LeakScenario, MessagesThatNobodyTakesAreStoppedAndTheirActorNamed) {
  const RunResult result = PlayWithBound(
      [](Node& node) -> absl::Status {
        auto busy = node.SpawnWith<Busy>({.mailbox_capacity = 0});
        while (true) {
          busy.Tell(Park{});
          if (absl::Status status = Sleep(absl::Microseconds(1)); !status.ok()) return status;
        }
      },
      10000);
  EXPECT_EQ(result.verdict, Verdict::kLiveness);
  EXPECT_NE(result.reason.find(" messages wait for "), std::string::npos) << result.reason;
  EXPECT_NE(result.reason.find("Busy#1 on town"), std::string::npos) << result.reason;
}

}  // namespace
}  // namespace rehearse
