// Links: who is told of whose end, and what follows.

#include "rehearse/actor/link.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/monitor.h"
#include "rehearse/actor/testing/test_node.h"

namespace rehearse {
namespace {

using Lines = std::vector<std::string>;

struct Fail {};
struct Finish {};

// Says how it ends, and of whose end it was told.
class Linked : public Actor {
 public:
  Linked(std::string name, Lines* said, AfterLinkDied after = AfterLinkDied::kStop,
         bool ask_default = true)
      : name_(std::move(name)), said_(said), after_(after), ask_default_(ask_default) {}

  AfterLinkDied OnLinkDied(ActorId who, const ExitReason& reason) override {
    said_->push_back(absl::StrCat(name_, " told: ", reason.ToString()));
    return ask_default_ ? Actor::OnLinkDied(who, reason) : after_;
  }
  void OnStop(const ExitReason& reason) override {
    said_->push_back(absl::StrCat(name_, " ends: ", ExitKindName(reason.kind)));
  }
  void Handle(const Fail&) { throw std::runtime_error("a bug"); }
  void Handle(const Finish&) { Stop(); }

 private:
  const std::string name_;
  Lines* const said_;
  const AfterLinkDied after_;
  const bool ask_default_;
};

class LinkTest : public testing::Test {
 public:
  ActorRef<Linked> Spawn(const std::string& name) { return node_->Spawn<Linked>(name, &said_); }
  ActorRef<Linked> SpawnDeaf(const std::string& name, AfterLinkDied after) {
    return node_->Spawn<Linked>(name, &said_, after, false);
  }

  Lines said_;
  TestNode node_;
};

TEST_F(LinkTest, PanicEndsTheOtherToo) {
  absl::StatusOr<ExitReason> reason;
  node_.Run([&] {
    auto left = Spawn("left");
    auto right = Spawn("right");
    Link(left, right);
    right.Tell(Fail{});
    reason = left.Join();
    EXPECT_EQ(reason->what, absl::StrCat(right.ToString(), " panicked: a bug"));
  });
  EXPECT_EQ(said_,
            (Lines{"right ends: panicked", "left told: panicked: a bug", "left ends: link died"}));
  EXPECT_EQ(reason->kind, ExitReason::Kind::kLinkDied);
}

TEST_F(LinkTest, GoesBothWays) {
  node_.Run([&] {
    auto left = Spawn("left");
    auto right = Spawn("right");
    Link(left, right);
    left.Kill();
    EXPECT_EQ(right.Join()->kind, ExitReason::Kind::kLinkDied);
  });
}

TEST_F(LinkTest, EndInGoodOrderIsToldAndEndsNobody) {
  ActorRef<Linked> left;
  node_.Run([&] {
    left = Spawn("left");
    auto right = Spawn("right");
    Link(left, right);
    right.Tell(Finish{});
  });
  EXPECT_TRUE(left.alive());
  EXPECT_EQ(said_, (Lines{"right ends: stopped", "left told: stopped"}));
}

TEST_F(LinkTest, TheHookDecides) {
  ActorRef<Linked> survivor;
  node_.Run([&] {
    survivor = SpawnDeaf("survivor", AfterLinkDied::kContinue);
    auto strict = SpawnDeaf("strict", AfterLinkDied::kStop);
    auto failing = Spawn("failing");
    auto finishing = Spawn("finishing");
    Link(survivor, failing);
    Link(strict, finishing);
    failing.Tell(Fail{});
    finishing.Tell(Finish{});
    EXPECT_EQ(strict.Join()->kind, ExitReason::Kind::kLinkDied);
  });
  EXPECT_TRUE(survivor.alive());
}

TEST_F(LinkTest, DeathsChain) {
  node_.Run([&] {
    std::vector<ActorRef<Linked>> chain;
    for (int i = 0; i < 5; ++i) {
      chain.push_back(Spawn(absl::StrCat(i)));
      if (i != 0) Link(chain[i - 1], chain[i]);
    }
    chain[0].Tell(Fail{});
    EXPECT_EQ(chain[4].Join()->kind, ExitReason::Kind::kLinkDied);
    EXPECT_NE(chain[4].Join()->what.find("a bug"), std::string::npos);
  });
}

TEST_F(LinkTest, TwiceIsAsOnceAndUnlinkedIsNotTold) {
  node_.Run([&] {
    auto left = Spawn("left");
    auto right = Spawn("right");
    Link(left, right);
    Link(right, left);
    Link(left, left);
    auto stranger = Spawn("stranger");
    Link(left, stranger);
    Unlink(stranger, left);
    right.Tell(Finish{});
    (void)right.Join();
    stranger.Tell(Fail{});
  });
  EXPECT_EQ(said_, (Lines{"right ends: stopped", "left told: stopped", "stranger ends: panicked"}));
}

TEST_F(LinkTest, LinkToOneThatHasEndedIsToldAtOnce) {
  node_.Run([&] {
    auto left = Spawn("left");
    auto dead = Spawn("dead");
    dead.Tell(Fail{});
    (void)dead.Join();
    Link(left, dead);
    EXPECT_EQ(left.Join()->kind, ExitReason::Kind::kLinkDied);
    Link(dead, left);
    Link(AnyRef(), left);
  });
  EXPECT_EQ(said_.size(), 3u);
}

TEST_F(LinkTest, LinkIsOverOnceToldAndMayBeMadeAnew) {
  node_.Run([&] {
    auto left = SpawnDeaf("left", AfterLinkDied::kContinue);
    for (int i = 0; i < 2; ++i) {
      auto right = Spawn("right");
      Link(left, right);
      right.Tell(Fail{});
      (void)right.Join();
    }
    left.Tell(Finish{});
    (void)left.Join();
  });
  EXPECT_EQ(std::count(said_.begin(), said_.end(), "left told: panicked: a bug"), 2);
}

TEST_F(LinkTest, SpawnedLinkedItIsToldThoughTheOtherEndedBefore) {
  node_.Run([&] {
    auto left = Spawn("left");
    auto right = node_->SpawnWith<Linked>({.link_to = left}, "right", &said_);
    left.Kill();
    EXPECT_EQ(right.Join()->kind, ExitReason::Kind::kLinkDied);
    auto late = node_->SpawnWith<Linked>({.link_to = left}, "late", &said_);
    EXPECT_EQ(late.Join()->kind, ExitReason::Kind::kLinkDied);
  });
}

TEST_F(LinkTest, ConstructorThatThrowsIsToldToo) {
  class Stillborn : public Actor {
   public:
    Stillborn() { throw std::runtime_error("no memory"); }
  };
  node_.Run([&] {
    auto left = Spawn("left");
    node_->SpawnWith<Stillborn>({.link_to = left});
    EXPECT_EQ(left.Join()->kind, ExitReason::Kind::kLinkDied);
  });
}

TEST_F(LinkTest, FunctionActorReceivesNothingMore) {
  Lines said;
  node_.Run([&] {
    auto function = node_->Spawn([&said](Inbox<void(Finish)>& inbox) {
      while (auto message = inbox.Receive()) {
        message->Match([&](Finish&) { said.push_back("finish"); });
      }
      said.push_back(inbox.Receive().has_value() ? "received" : "nothing more");
    });
    auto other = Spawn("other");
    Link(function, other);
    function.Tell(Finish{});
    (void)Sleep(absl::Milliseconds(1));
    other.Tell(Fail{});
    EXPECT_EQ(function.Join()->kind, ExitReason::Kind::kLinkDied);
  });
  EXPECT_EQ(said, (Lines{"finish", "nothing more"}));
}

// What lives long does not remember those that have watched it: their memory goes.
TEST_F(LinkTest, WatchersThatHaveEndedAreForgotten) {
  class Watcher : public Actor {
   public:
    explicit Watcher(ActorRef<Linked> watched) : watched_(std::move(watched)) {}
    absl::Status OnStart() override {
      Monitor(Self(this), watched_);
      Link(Self(this), watched_);
      return absl::OkStatus();
    }
    void Handle(const Down&) {}
    void Handle(const Finish&) { Stop(); }

   private:
    const ActorRef<Linked> watched_;
  };
  node_.Run([&] {
    auto watched = SpawnDeaf("watched", AfterLinkDied::kContinue);
    for (int i = 0; i < 100; ++i) {
      auto watcher = node_->Spawn<Watcher>(watched);
      watcher.Tell(Finish{});
      (void)watcher.Join();
    }
    EXPECT_EQ(watched.cell()->watcher_count(), 0u);
  });
}

}  // namespace
}  // namespace rehearse
