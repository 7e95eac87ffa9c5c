// Actors that actors start: they end before their parents do, whatever ends those.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/sanitizer.h"
#include "rehearse/actor/testing/test_node.h"

namespace rehearse {
namespace {

using Lines = std::vector<std::string>;

struct Have {
  std::string child;
};
struct Nap {
  absl::Duration length;
};
struct NapUnderNoexcept {};

// Says when it ends, and how.
class Kin : public Actor {
 public:
  Kin(std::string name, Lines& said, absl::Duration farewell = absl::ZeroDuration())
      : name_(std::move(name)), said_(said), farewell_(farewell) {}
  ~Kin() override { said_.push_back(name_ + " destroyed"); }

  void OnStop(const ExitReason& reason) override {
    if (farewell_ != absl::ZeroDuration()) {
      const absl::Status slept = Sleep(farewell_);
      if (!slept.ok()) said_.push_back(name_ + " cut short");
    }
    said_.push_back(absl::StrCat(name_, " ", reason.ToString()));
  }

  ActorRef<Kin> Handle(const Have& have) {
    return SpawnChild<Kin>(have.child, std::ref(said_), farewell_);
  }
  absl::Status Handle(const Nap& nap) { return Sleep(nap.length); }
  __attribute__((noinline)) void Handle(const NapUnderNoexcept&) noexcept {
    Sleep(absl::Hours(1000)).IgnoreError();
  }

 private:
  const std::string name_;
  Lines& said_;
  const absl::Duration farewell_;
};

class ChildrenTest : public testing::Test {
 public:
  ActorRef<Kin> Spawn(const std::string& name, absl::Duration farewell = absl::ZeroDuration()) {
    return node_->Spawn<Kin>(name, std::ref(said_), farewell);
  }
  static ActorRef<Kin> ChildOf(const ActorRef<Kin>& parent, const std::string& name) {
    return *parent.Ask(Have{name});
  }

  Lines said_;
  TestNode node_;
};

TEST_F(ChildrenTest, EndBeforeTheirParentsHookNewestFirst) {
  node_.Run([&] {
    auto parent = Spawn("parent");
    auto first = ChildOf(parent, "first");
    auto grandchild = ChildOf(first, "grandchild");
    auto second = ChildOf(parent, "second");
    parent.Stop();
    EXPECT_EQ(parent.Join()->ToString(), "stopped");
    EXPECT_FALSE(first.alive() || second.alive() || grandchild.alive());
  });
  EXPECT_EQ(said_, (Lines{"second stopped", "second destroyed", "grandchild stopped",
                          "grandchild destroyed", "first stopped", "first destroyed",
                          "parent stopped", "parent destroyed"}));
}

TEST_F(ChildrenTest, OneThatEndsEarlyLeavesTheRestAlone) {
  node_.Run([&] {
    auto parent = Spawn("parent");
    auto early = ChildOf(parent, "early");
    auto late = ChildOf(parent, "late");
    early.Stop();
    EXPECT_TRUE(early.Join().ok());
    EXPECT_TRUE(parent.alive() && late.alive());
    parent.Stop();
    EXPECT_TRUE(parent.Join().ok());
    EXPECT_FALSE(late.alive());
  });
}

// Slow children take the time that is theirs, not their parent's.
TEST_F(ChildrenTest, SlowOnesLeaveTheParentsHookItsOwnBudget) {
  node_.Run([&] {
    auto parent = Spawn("parent", absl::Seconds(4));
    ChildOf(parent, "first");
    ChildOf(parent, "second");
    parent.Stop();
    EXPECT_EQ(parent.Join()->ToString(), "stopped");
  });
  EXPECT_EQ(said_, (Lines{"second stopped", "second destroyed", "first stopped", "first destroyed",
                          "parent stopped", "parent destroyed"}));
}

TEST_F(ChildrenTest, KillOfAParentThatWaitsForThemKillsThemToo) {
  node_.Run([&] {
    auto parent = Spawn("parent", absl::Seconds(4));
    auto child = ChildOf(parent, "child");
    parent.Stop();
    Sleep(absl::Seconds(1)).IgnoreError();  // the child says farewell meanwhile
    parent.Kill();
    EXPECT_TRUE(parent.Join(absl::Seconds(30)).ok());
    EXPECT_FALSE(child.alive());
  });
  EXPECT_EQ(said_.front(), "child destroyed");
  EXPECT_EQ(said_.back(), "parent destroyed");
}

TEST_F(ChildrenTest, ParentThatCannotBeKilledTakesThemAlong) {
  const LeaksExpected leaks;
  node_.Run([&] {
    auto parent = Spawn("parent");
    auto child = ChildOf(parent, "child");
    parent.Tell(NapUnderNoexcept{}).status().IgnoreError();
    Sleep(absl::Seconds(1)).IgnoreError();
    parent.Kill();
    EXPECT_TRUE(absl::StrContains(parent.Join(absl::Seconds(30))->what, "unkillable"));
    EXPECT_FALSE(child.alive());
  });
}

TEST_F(ChildrenTest, FunctionActorsHaveThemToo) {
  Lines& said = said_;
  node_.Run([&] {
    auto parent = node_->Spawn([&said](Inbox<void(Have)>& inbox) {
      while (auto message = inbox.Receive()) {
        message->Match([&](Have& have) { SpawnChild<Kin>(have.child, std::ref(said)); });
      }
      said.push_back("parent returns");
    });
    parent.Tell(Have{"child"}).status().IgnoreError();
    Sleep(absl::Seconds(1)).IgnoreError();
    parent.Stop();
    EXPECT_EQ(parent.Join()->ToString(), "stopped");
    EXPECT_FALSE(parent.alive());
  });
  EXPECT_EQ(said_, (Lines{"parent returns", "child stopped", "child destroyed"}));
}

// Whom nobody has told of its end, it starts a successor.
class Starter : public Actor {
 public:
  explicit Starter(Lines& said) : said_(said) {}
  void OnStop(const ExitReason&) override { SpawnChild<Kin>("late child", std::ref(said_)); }

 private:
  Lines& said_;
};

TEST_F(ChildrenTest, StartedByTheLastHookTheyEndWithItAllTheSame) {
  node_.Run([&] {
    auto starter = node_->Spawn<Starter>(std::ref(said_));
    starter.Stop();
    EXPECT_TRUE(starter.Join().ok());
    EXPECT_EQ(said_, (Lines{"late child stopped", "late child destroyed"}));
  });
}

}  // namespace
}  // namespace rehearse
