// Refs that travel as text, actors that one node starts on another, and who may do what.

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/address.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/link.h"
#include "rehearse/actor/monitor.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/remote/permissions.h"
#include "rehearse/net/spawn/spawner.h"
#include "rehearse/sim/world/sim_node.h"
#include "rehearse/sim/world/world.h"
#include "rehearse/tests/scenario/counter_actor.h"
#include "rehearse/tests/scenario/on_node.h"
#include "tests/scenario/counter.h"

namespace rehearse {
namespace {

using sim::NodeHandle;
using sim::World;

using CounterRef = ActorRef<CounterProtocol>;

class FirstCounter : public Actor {
 public:
  explicit FirstCounter(int64_t first) : count_(first) {}
  int64_t Handle(const counter::Inc& inc) { return count_ += inc.amount; }
  int64_t Handle(const counter::Get&) { return count_; }

 private:
  int64_t count_;
};

// Two servers that start counters for others, two at a time, and a client.
class RemoteRefsScenario : public testing::Test {
 protected:
  void SetUp() override {
    servers_ = world_.AddNodes("server", 2, [](Node& node) {
      net::SpawnTypes types;
      types.Allow<CounterProtocol, counter::Inc>("counter",
                                                 [](Node& here, const counter::Inc& first) {
                                                   return here.Spawn<FirstCounter>(first.amount);
                                                 });
      return net::ServeSpawns(node, std::move(types), {.alive_max = 2});
    });
    client_ = world_.AddNode("client", [](Node&) { return absl::OkStatus(); });
    world_.RunFor(absl::Seconds(1));
  }

  void On(NodeHandle node, const std::function<void(Node&)>& act) { OnNode(world_, node, act); }
  static absl::StatusOr<CounterRef> Spawn(Node& node, absl::string_view at,
                                          const std::string& type = "counter") {
    return net::SpawnAt<CounterProtocol>(node, at, type, counter::Inc{.amount = 40});
  }

  World world_{{.seed = 1}};
  sim::NodeGroup servers_;
  NodeHandle client_;
};

TEST_F(RemoteRefsScenario, AnAddressNamesOneActorForAnyNode) {
  std::string address;
  ActorRef<Counter> counter;
  On(servers_[0], [&](Node& node) {
    counter = node.Spawn<Counter>();
    address = AddressOf<CounterProtocol>(counter);
    EXPECT_EQ(address, absl::StrCat("#", counter.id().value, "@server-1/1"));
    EXPECT_EQ(RefAt<CounterProtocol>(node, address)->id(), counter.id());
  });
  On(client_, [&](Node& node) {
    const CounterRef there = *RefAt<CounterProtocol>(node, address);
    EXPECT_EQ(there.Ask(counter::Inc{.amount = 3}).value_or(0), 3);
    EXPECT_EQ(AddressOf<CounterProtocol>(there), address);  // and is passed on
    EXPECT_EQ(there, *RefAt<CounterProtocol>(node, address));
  });
  counter.Kill();
  world_.RunFor(absl::Seconds(1));
  On(client_, [&](Node& node) {
    const absl::Status gone = RefAt<CounterProtocol>(node, address)->Ask(counter::Get()).status();
    EXPECT_EQ(gone.code(), absl::StatusCode::kNotFound) << gone;
    EXPECT_EQ(EffectOf(gone), Effect::kNone);
  });
  On(servers_[0], [&](Node& node) {
    EXPECT_EQ(RefAt<CounterProtocol>(node, address).status().code(), absl::StatusCode::kNotFound);
  });
}

TEST_F(RemoteRefsScenario, WhatIsNoAddressIsRefused) {
  On(client_, [](Node& node) {
    for (const char* const text : {"", "@", "#1", "#1@", "#1@server-1", "#1@server-1/", "@a/1",
                                   "#1@/1", "#1@server-1/x", "#1@server-1/99999999999999999999"}) {
      EXPECT_EQ(RefAt<CounterProtocol>(node, text).status().code(),
                absl::StatusCode::kInvalidArgument)
          << text;
    }
    for (const char* const number : {"#0", "#77", "#x", "#-1", "#99999999999999999999"}) {
      const auto ref = RefAt<CounterProtocol>(node, absl::StrCat(number, "@server-1/1"));
      EXPECT_EQ(ref->Ask(counter::Get()).status().code(), absl::StatusCode::kNotFound) << number;
    }
  });
}

TEST_F(RemoteRefsScenario, AnActorIsStartedOnAnotherNode) {
  On(client_, [](Node& node) {
    const auto counter = Spawn(node, "server-1");
    ASSERT_TRUE(counter.ok()) << counter.status();
    EXPECT_EQ(counter->Ask(counter::Inc{.amount = 2}).value_or(0), 42);
    const auto here = node.Spawn<Counter>();
    Link(here, *counter);
    (void)Sleep(absl::Seconds(1));
    EXPECT_TRUE(here.alive());
  });
}

TEST_F(RemoteRefsScenario, OnlyWhatIsAllowedAndNoMoreThanThat) {
  On(client_, [](Node& node) {
    const absl::Status type = Spawn(node, "server-1", "shell").status();
    EXPECT_EQ(type.code(), absl::StatusCode::kNotFound) << type;
    EXPECT_TRUE(Spawn(node, "server-1").ok());
    EXPECT_TRUE(Spawn(node, "server-1").ok());
    const absl::Status third = Spawn(node, "server-1").status();
    EXPECT_EQ(third.code(), absl::StatusCode::kResourceExhausted) << third;
  });
  On(servers_[0], [](Node& node) {
    const absl::Status off = Spawn(node, "client").status();
    EXPECT_EQ(off.code(), absl::StatusCode::kNotFound) << off;
  });
}

// Keeps a counter alive on one of the servers: where one is lost, on the other.
class Keeper : public Actor {
 public:
  explicit Keeper(CounterRef& counter) : counter_(counter) {}
  absl::Status OnStart() override {
    Start();
    return absl::OkStatus();
  }
  AfterLinkDied OnLinkDied(ActorId who, const ExitReason&) override {
    EXPECT_EQ(who, counter_.id());
    Start();
    return AfterLinkDied::kContinue;
  }
  void Handle(const counter::Get&) {}

 private:
  void Start() {
    const std::string at = absl::StrCat("server-", 1 + starts_++ % 2);
    auto counter = net::SpawnAt<CounterProtocol>(node(), at, "counter", counter::Inc());
    ASSERT_TRUE(counter.ok()) << counter.status();
    counter_ = *counter;
    Link(Self(this), counter_);
  }

  CounterRef& counter_;
  int starts_ = 0;
};

TEST_F(RemoteRefsScenario, AnActorElsewhereIsSupervisedByItsLink) {
  CounterRef counter;
  On(client_, [&](Node& node) { node.Spawn<Keeper>(std::ref(counter)); });
  world_.RunFor(absl::Seconds(1));
  EXPECT_TRUE(absl::StrContains(counter.ToString(), "@server-1"));
  world_.Crash(servers_[0]);
  world_.RunFor(absl::Seconds(20));
  EXPECT_TRUE(absl::StrContains(counter.ToString(), "@server-2"));
  On(client_, [&](Node&) { EXPECT_TRUE(counter.Ask(counter::Get()).ok()); });
}

TEST_F(RemoteRefsScenario, ARestrictedMessageIsForThoseWhoMaySendIt) {
  net::PermissionsOf(servers_[0].node()).Restrict<counter::Inc>({"server-2"});
  net::PermissionsOf(servers_[0].node()).Restrict<net::SpawnRequest>({"server-2"});
  std::string address;
  On(servers_[0], [&](Node& node) { address = AddressOf<CounterProtocol>(node.Spawn<Counter>()); });
  const auto inc = [&](Node& node) {
    return RefAt<CounterProtocol>(node, address)->Ask(counter::Inc()).status();
  };
  On(client_, [&](Node& node) {
    EXPECT_EQ(inc(node).code(), absl::StatusCode::kPermissionDenied) << inc(node);
    EXPECT_EQ(EffectOf(inc(node)), Effect::kNone);
    EXPECT_TRUE(RefAt<CounterProtocol>(node, address)->Ask(counter::Get()).ok());
    EXPECT_EQ(Spawn(node, "server-1").status().code(), absl::StatusCode::kPermissionDenied);
  });
  On(servers_[1], [&](Node& node) {
    EXPECT_TRUE(inc(node).ok());
    EXPECT_TRUE(Spawn(node, "server-1").ok());
  });
  EXPECT_EQ(servers_[0].sim().current->router.counters().forbidden_message, 3u);
}

class Notes : public Actor {
 public:
  explicit Notes(ExitReason& reason) : reason_(reason) {}
  void Handle(const Down& down) { reason_ = down.reason; }

 private:
  ExitReason& reason_;
};

TEST_F(RemoteRefsScenario, WhoMayNotWatchIsToldSoAndWhoMayNotConnectIsNot) {
  net::PermissionsOf(servers_[0].node()).RestrictWatching({"server-2"});
  net::PermissionsOf(servers_[1].node()).RestrictPeers({"server-1"});
  ExitReason reason;
  On(client_, [&](Node& node) {
    Monitor(node.Spawn<Notes>(std::ref(reason)),
            *node.Named<net::SpawnerProtocol>("spawner@server-1"));
    (void)Sleep(absl::Seconds(1));
    EXPECT_EQ(Spawn(node, "server-2").status().code(), absl::StatusCode::kUnavailable);
  });
  EXPECT_EQ(reason.kind, ExitReason::Kind::kGone);
  EXPECT_TRUE(absl::StrContains(reason.what, "may not watch")) << reason.what;
}

}  // namespace
}  // namespace rehearse
