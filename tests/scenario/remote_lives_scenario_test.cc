// Links and monitors between nodes, while nodes, streams and links between machines die and come
// back: each death is told once, to all whom it concerns, and nothing else is told as one.

#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/link.h"
#include "rehearse/actor/monitor.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/sim/world/world.h"
#include "rehearse/tests/scenario/counter_actor.h"
#include "rehearse/tests/scenario/on_node.h"
#include "tests/scenario/counter.h"

namespace rehearse {
namespace {

using Kind = ExitReason::Kind;
using sim::NodeHandle;
using sim::World;

// Panics at an Inc of a negative amount, stops at one of zero.
class Victim : public Actor {
 public:
  int64_t Handle(const counter::Inc& inc) {
    if (inc.amount < 0) throw std::runtime_error("a negative amount");
    if (inc.amount == 0) Stop();
    return inc.amount;
  }
  int64_t Handle(const counter::Get&) { return 0; }
};

// What an actor was told of others.
struct News {
  std::vector<Down> downs;
  std::vector<std::pair<ActorId, ExitReason>> links;
};

// Monitors or links itself to an actor, and notes what it is told; goes on in any case.
class Watcher : public Actor {
 public:
  enum class How { kMonitor, kLink, kBoth };

  Watcher(ActorRef<CounterProtocol> watched, How how, News& news)
      : watched_(std::move(watched)), how_(how), news_(news) {}
  absl::Status OnStart() override {
    if (how_ != How::kLink) Monitor(Self(this), watched_);
    if (how_ != How::kMonitor) Link(Self(this), watched_);
    return absl::OkStatus();
  }
  void Handle(const Down& down) { news_.downs.push_back(down); }
  AfterLinkDied OnLinkDied(ActorId who, const ExitReason& reason) override {
    news_.links.emplace_back(who, reason);
    return AfterLinkDied::kContinue;
  }

 private:
  const ActorRef<CounterProtocol> watched_;
  const How how_;
  News& news_;
};

// A server with an actor "victim", and a client that watches it.
class RemoteLivesScenario : public testing::Test {
 protected:
  void SetUp() override {
    server_ = world_.AddNode("server", [this](Node& node) {
      at_server_ = node.Spawn<Victim>();
      return node.Register<CounterProtocol>("victim", at_server_);
    });
    client_ = world_.AddNode("client", [this](Node& node) -> absl::Status {
      auto victim = node.Named<CounterProtocol>("victim@server");
      if (!victim.ok()) return victim.status();
      victim_ = *victim;
      return absl::OkStatus();
    });
    world_.RunFor(absl::Seconds(1));
  }

  void Watch(Watcher::How how) {
    watcher_ = client_.node().Spawn<Watcher>(victim_, how, std::ref(news_));
    world_.RunFor(absl::Seconds(1));
  }
  // On a fiber of `node`; waits for the end.
  void On(NodeHandle node, const std::function<void(Node&)>& act) { OnNode(world_, node, act); }
  // Has the victim end so.
  void End(int64_t amount) {
    On(server_, [&](Node&) { (void)at_server_.Ask(counter::Inc{.amount = amount}); });
  }
  void ExpectDown(Kind kind, absl::string_view words = "") {
    ASSERT_EQ(news_.downs.size(), 1u);
    EXPECT_EQ(news_.downs[0].reason.kind, kind) << news_.downs[0].reason.ToString();
    EXPECT_EQ(news_.downs[0].actor, victim_.id());
    EXPECT_TRUE(absl::StrContains(news_.downs[0].reason.what, words)) << news_.downs[0].reason.what;
  }
  bool Told() const { return !news_.downs.empty() || !news_.links.empty(); }

  World world_{{.seed = 1}};
  NodeHandle server_;
  NodeHandle client_;
  ActorRef<Victim> at_server_;
  ActorRef<CounterProtocol> victim_;  // the same, as the client has it
  ActorRef<Watcher> watcher_;
  News news_;
};

TEST_F(RemoteLivesScenario, AMonitorIsToldOnceOfAPanicAndOfWhatItSaid) {
  Watch(Watcher::How::kMonitor);
  EXPECT_TRUE(victim_.alive());
  End(-1);
  world_.RunFor(absl::Minutes(1));
  ExpectDown(Kind::kPanicked, "a negative amount");
  EXPECT_FALSE(victim_.alive());
}

TEST_F(RemoteLivesScenario, AnEndInGoodOrderIsToldAsSuch) {
  Watch(Watcher::How::kBoth);
  End(0);
  world_.RunFor(absl::Minutes(1));
  ExpectDown(Kind::kStopped);
  ASSERT_EQ(news_.links.size(), 1u);
  EXPECT_EQ(news_.links[0].first, victim_.id());
  EXPECT_EQ(news_.links[0].second.kind, Kind::kStopped);
}

TEST_F(RemoteLivesScenario, OneThatHasEndedIsToldAtOnceWithItsReason) {
  End(-1);
  Watch(Watcher::How::kMonitor);
  ExpectDown(Kind::kPanicked, "a negative amount");
}

TEST_F(RemoteLivesScenario, ANameThatNobodyHasIsGone) {
  On(client_, [this](Node& node) { victim_ = *node.Named<CounterProtocol>("nobody@server"); });
  Watch(Watcher::How::kMonitor);
  ExpectDown(Kind::kGone, "no actor nobody on node server");
}

TEST_F(RemoteLivesScenario, ANodeWithoutAnAddressIsLost) {
  On(client_, [this](Node& node) { victim_ = *node.Named<CounterProtocol>("victim@nowhere"); });
  Watch(Watcher::How::kMonitor);
  ExpectDown(Kind::kNodeLost, "no address is known");
}

TEST_F(RemoteLivesScenario, ALinkEndsTheOtherWhicheverOfTheTwoPanics) {
  for (const bool here : {true, false}) {
    ActorRef<Victim> target;
    On(server_, [&](Node& node) {
      target = node.Spawn<Victim>();
      EXPECT_TRUE(node.Register<CounterProtocol>(absl::StrCat("target", here), target).ok());
    });
    ActorRef<Victim> linked;
    On(client_, [&](Node& node) {
      linked = node.Spawn<Victim>();
      Link(linked, *node.Named<CounterProtocol>(absl::StrCat("target", here, "@server")));
    });
    world_.RunFor(absl::Seconds(5));
    EXPECT_TRUE(linked.alive());
    EXPECT_TRUE(target.alive());
    const ActorRef<Victim>& first = here ? linked : target;
    const ActorRef<Victim>& second = here ? target : linked;
    On(here ? client_ : server_, [&](Node&) { (void)first.Ask(counter::Inc{.amount = -1}); });
    world_.RunFor(absl::Seconds(5));
    EXPECT_FALSE(first.alive());
    ASSERT_FALSE(second.alive());
    EXPECT_EQ(second.cell()->exit_reason().kind, Kind::kLinkDied);
    EXPECT_TRUE(absl::StrContains(second.cell()->exit_reason().what, "a negative amount"));
  }
}

TEST_F(RemoteLivesScenario, AnUnlinkedActorIsNotConcerned) {
  Watch(Watcher::How::kLink);
  On(client_, [this](Node&) { Unlink(watcher_, victim_); });
  world_.RunFor(absl::Seconds(1));
  watcher_.Kill();
  world_.RunFor(absl::Seconds(30));
  EXPECT_TRUE(at_server_.alive());
  End(-1);
  world_.RunFor(absl::Seconds(30));
  EXPECT_FALSE(Told());
}

TEST_F(RemoteLivesScenario, ACrashIsTheLossOfTheNode) {
  Watch(Watcher::How::kBoth);
  world_.Crash(server_);
  world_.RunFor(absl::Minutes(1));
  ExpectDown(Kind::kNodeLost, "no sign of life for 10s");
  ASSERT_EQ(news_.links.size(), 1u);
  EXPECT_EQ(news_.links[0].second.kind, Kind::kNodeLost);
  world_.Restart(server_);
  world_.RunFor(absl::Minutes(1));
  EXPECT_EQ(news_.downs.size(), 1u);  // what comes later is nobody's death
}

TEST_F(RemoteLivesScenario, ANodeThatStartsAnewIsLostAtOnce) {
  Watch(Watcher::How::kMonitor);
  world_.Crash(server_);
  world_.RunFor(absl::Milliseconds(100));
  world_.Restart(server_);
  ASSERT_TRUE(world_.RunUntil([this] { return Told(); }, absl::Seconds(3)));
  ExpectDown(Kind::kNodeLost, "node server has started anew");
}

TEST_F(RemoteLivesScenario, WhatANodeThatIsGoneOwesIsNotWaitedFor) {
  absl::StatusOr<int64_t> answer;
  On(server_, [](Node& node) {
    const auto deaf = node.Spawn([](Inbox<int64_t(counter::Get), int64_t(counter::Inc)>& inbox) {
      while (!inbox.over()) (void)Sleep(absl::Hours(1));
    });
    EXPECT_TRUE(
        (node.Register<Protocol<int64_t(counter::Get), int64_t(counter::Inc)>>("deaf", deaf).ok()));
  });
  Task::Start(client_.node(), "ask", [&] {
    answer = (*client_.node().Named<CounterProtocol>("deaf@server")).Ask(counter::Get());
  }).Unref();
  Watch(Watcher::How::kMonitor);
  world_.Crash(server_, {.silent = true});
  ASSERT_TRUE(world_.RunUntil([this] { return Told(); }, absl::Seconds(20)));
  world_.RunFor(absl::Seconds(1));
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kUnavailable) << answer.status();
  EXPECT_TRUE(absl::StrContains(answer.status().message(), "no sign of life"));
}

TEST_F(RemoteLivesScenario, StreamsThatBreakAreNoDeath) {
  Watch(Watcher::How::kBoth);
  for (int i = 0; i < 20; ++i) {
    world_.ResetStreams({server_}, {client_});
    world_.RunFor(absl::Milliseconds(700));
  }
  EXPECT_FALSE(Told());
  End(-1);
  world_.RunFor(absl::Seconds(10));
  ExpectDown(Kind::kPanicked, "a negative amount");
  EXPECT_EQ(news_.links.size(), 1u);
}

TEST_F(RemoteLivesScenario, ADeathBehindACutIsToldWhenItIsOverWithItsReason) {
  Watch(Watcher::How::kMonitor);
  world_.Partition({server_}, {client_});
  End(-1);
  world_.ResetStreams({server_}, {client_});
  world_.RunFor(absl::Seconds(4));
  EXPECT_FALSE(Told());
  world_.Heal();
  world_.RunFor(absl::Seconds(10));
  ExpectDown(Kind::kPanicked, "a negative amount");
}

TEST_F(RemoteLivesScenario, BehindACutThatStaysEachTakesTheOtherForLost) {
  Watch(Watcher::How::kBoth);
  ActorRef<Victim> target;
  On(server_, [&](Node& node) {
    target = node.Spawn<Victim>();
    EXPECT_TRUE(node.Register<CounterProtocol>("target", target).ok());
  });
  On(client_,
     [](Node& node) { Link(node.Spawn<Victim>(), *node.Named<CounterProtocol>("target@server")); });
  world_.RunFor(absl::Seconds(1));
  world_.Partition({server_}, {client_});
  world_.RunFor(absl::Seconds(40));
  ExpectDown(Kind::kNodeLost);
  ASSERT_FALSE(target.alive());
  EXPECT_EQ(target.cell()->exit_reason().kind, Kind::kLinkDied);
  world_.Heal();
  world_.RunFor(absl::Minutes(1));
  EXPECT_EQ(news_.downs.size(), 1u);
  EXPECT_EQ(news_.links.size(), 1u);
}

TEST_F(RemoteLivesScenario, AWatcherThatStoodStillTakesNobodyForLost) {
  Watch(Watcher::How::kMonitor);
  world_.Pause(client_);
  world_.RunFor(absl::Minutes(5));
  world_.Resume(client_);
  world_.RunFor(absl::Minutes(1));
  EXPECT_FALSE(Told());
}

TEST_F(RemoteLivesScenario, NewsDoNotWaitBehindMessages) {
  Watch(Watcher::How::kMonitor);
  const auto deaf =
      server_.node().Spawn([](Inbox<int64_t(counter::Inc), int64_t(counter::Get)>& inbox) {
        while (!inbox.over()) (void)Sleep(absl::Hours(1));
      });
  On(server_,
     [&](Node& node) { EXPECT_TRUE((node.Register<CounterProtocol>("deaf", deaf).ok())); });
  On(client_, [](Node& node) {
    const auto deaf = *node.Named<CounterProtocol>("deaf@server");
    (void)deaf.Ask(counter::Get(), {.reply_timeout = absl::Seconds(1)});
    while (deaf.TryTell(counter::Inc()).ok()) {
    }
  });
  End(-1);
  world_.RunFor(absl::Seconds(1));
  ExpectDown(Kind::kPanicked);
}

TEST_F(RemoteLivesScenario, WhereNobodyWatchesNobodyAsks) {
  Watch(Watcher::How::kMonitor);
  watcher_.Stop();
  world_.RunFor(absl::Seconds(5));
  const uint64_t packets = world_.network_counters().sent;
  world_.RunFor(absl::Hours(1));
  EXPECT_EQ(world_.network_counters().sent, packets);
}

TEST_F(RemoteLivesScenario, ARefToALifeThatIsOverReachesNobody) {
  On(server_, [](Node& node) {
    const auto victim = *node.Named<CounterProtocol>("victim");
    node.ExportNumber(*victim.cell(), internal::ExportOf<CounterProtocol>(victim));
  });
  const uint64_t number = at_server_.id().value;
  absl::StatusOr<int64_t> before;
  absl::StatusOr<int64_t> after;
  ActorRef<CounterProtocol> bound;
  On(client_, [&](Node& node) {
    bound = ActorRef<CounterProtocol>(node.StandInFor("server", absl::StrCat("#", number), 1));
    before = bound.Ask(counter::Inc{.amount = 5});
  });
  EXPECT_EQ(before.value_or(0), 5);
  world_.Crash(server_);
  world_.Restart(server_);
  world_.RunFor(absl::Seconds(5));
  On(client_, [&](Node&) {
    while (absl::IsUnavailable(after.status()) ||
           after.status().code() == absl::StatusCode::kUnknown) {
      after = bound.Ask(counter::Inc{.amount = 5});
      (void)Sleep(absl::Milliseconds(100));
    }
  });
  EXPECT_EQ(after.status().code(), absl::StatusCode::kNotFound) << after.status();
  EXPECT_EQ(EffectOf(after.status()), Effect::kNone);
  victim_ = bound;
  Watch(Watcher::How::kMonitor);
  ExpectDown(Kind::kNodeLost, "has started anew");
}

}  // namespace
}  // namespace rehearse
