// Peers that lie about lives: forged deaths, nodes that are not who they say they are, lives that
// are played again.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
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
#include "rehearse/net/codec/envelope.h"
#include "rehearse/net/network.h"
#include "rehearse/net/remote/distant_links.h"
#include "rehearse/net/remote/hello.h"
#include "rehearse/net/remote/life_signal.h"
#include "rehearse/net/remote/peer_book.h"
#include "rehearse/net/remote/remote_router.h"
#include "rehearse/net/remote/watch_desk.h"
#include "rehearse/sim/world/sim_node.h"
#include "rehearse/sim/world/world.h"
#include "rehearse/tests/scenario/counter_actor.h"
#include "rehearse/tests/scenario/on_node.h"
#include "tests/scenario/counter.h"

namespace rehearse {
namespace {

using net::LifeSignal;
using net::LifeSignalKind;
using sim::NodeHandle;
using sim::World;

// Ends with whom it is linked to.
class Mate : public Actor {
 public:
  int64_t Handle(const counter::Inc&) { return 0; }
  int64_t Handle(const counter::Get&) { return 0; }
};

class Notes : public Actor {
 public:
  explicit Notes(std::vector<Down>& downs) : downs_(downs) {}
  void Handle(const Down& down) { downs_.push_back(down); }

 private:
  std::vector<Down>& downs_;
};

std::string HelloAs(absl::string_view node, uint64_t incarnation,
                    net::Lane lane = net::Lane::kLives) {
  std::string frame;
  net::EncodeEnvelope({.kind = net::EnvelopeKind::kHello,
                       .node_name = node,
                       .incarnation = incarnation,
                       .protocol_version = net::kProtocolVersion,
                       .lane = static_cast<uint8_t>(lane)},
                      frame);
  return frame;
}

std::string FrameOf(const LifeSignal& signal) {
  std::string frame;
  signal.AppendTo(frame);
  return frame;
}

// An actor of "left" is linked to one of "right"; "mallory" is nobody's friend.
class HostileLivesScenario : public testing::Test {
 protected:
  void SetUp() override {
    const auto program = [](ActorRef<Mate>& mate) {
      return [&mate](Node& node) {
        mate = node.Spawn<Mate>();
        return node.Register<CounterProtocol>("mate", mate);
      };
    };
    right_ = world_.AddNode("right", program(at_right_));
    left_ = world_.AddNode("left", program(at_left_));
    mallory_ = world_.AddNode("mallory", [](Node&) { return absl::OkStatus(); });
    world_.RunFor(absl::Seconds(1));
    On(left_, [this](Node& node) {
      at_left_as_seen_ = *node.Named<CounterProtocol>("mate@right");
      Link(at_left_, at_left_as_seen_);
    });
    world_.RunFor(absl::Seconds(1));
  }

  void On(NodeHandle node, const std::function<void(Node&)>& act) { OnNode(world_, node, act); }
  // Mallory says `frames` to `to`, and reads until it is cut off, or for a while. Why.
  absl::Status Say(NodeHandle to, const std::vector<std::string>& frames) {
    absl::Status end;
    On(mallory_, [&](Node& node) {
      auto stream = mallory_.sim().current->network.Dial(absl::StrCat("/sim/", to.name()),
                                                         Instant::Infinite());
      ASSERT_TRUE(stream.ok());
      for (const std::string& frame : frames) {
        if (end = (*stream)->Write(frame); !end.ok()) return;
      }
      while (end.ok()) end = (*stream)->Read(node.DeadlineIn(absl::Seconds(5))).status();
    });
    return end;
  }
  void ExpectAllAlive() {
    world_.RunFor(absl::Minutes(1));
    EXPECT_TRUE(at_left_.alive());
    EXPECT_TRUE(at_right_.alive());
    EXPECT_TRUE(at_left_as_seen_.alive());
  }
  const net::RemoteCounters& counters(NodeHandle node) {
    return node.sim().current->router.counters();
  }

  World world_{{.seed = 1}};
  NodeHandle left_;
  NodeHandle right_;
  NodeHandle mallory_;
  ActorRef<Mate> at_left_;
  ActorRef<Mate> at_right_;
  ActorRef<CounterProtocol> at_left_as_seen_;  // the one at right
  uint64_t asked_ = 0;                         // a number that a vigil has named
};

TEST_F(HostileLivesScenario, ADeathThatAThirdNodeTellsIsRefused) {
  for (uint64_t number = 1; number < 20; ++number) {
    const LifeSignal death{.kind = LifeSignalKind::Down, .number = number, .reason = 3};
    EXPECT_EQ(Say(left_, {HelloAs("mallory", 1), FrameOf(death)}).code(),
              absl::StatusCode::kUnavailable);
  }
  EXPECT_EQ(counters(left_).refused_signal, 19u);
  ExpectAllAlive();
}

TEST_F(HostileLivesScenario, NobodySpeaksInAnothersName) {
  for (const net::Lane lane : {net::Lane::kLives, net::Lane::kMessages}) {
    EXPECT_EQ(Say(left_, {HelloAs("right", 1, lane)}).code(), absl::StatusCode::kUnavailable);
  }
  EXPECT_EQ(counters(left_).refused_hello, 2u);
  ExpectAllAlive();
}

TEST_F(HostileLivesScenario, AStrangersUnwatchTakesNobodysNews) {
  for (uint64_t number = 1; number < 20; ++number) {
    const LifeSignal unwatch{.kind = LifeSignalKind::Unwatch, .number = number};
    const LifeSignal unlink{.kind = LifeSignalKind::Unlink,
                            .number = number,
                            .target = "mate",
                            .partner = at_left_.id().value};
    (void)Say(right_, {HelloAs("mallory", 1), FrameOf(unwatch), FrameOf(unlink)});
  }
  ExpectAllAlive();
  at_left_.Kill();
  world_.RunFor(absl::Seconds(5));
  EXPECT_FALSE(at_right_.alive());
}

TEST_F(HostileLivesScenario, WhatIsNoSignalClosesItsStreamAlone) {
  for (const std::string& frame :
       {std::string(), std::string("?"), std::string(1000, '\xff'),
        FrameOf({.kind = static_cast<LifeSignalKind>(77)}), FrameOf({})}) {
    EXPECT_EQ(Say(left_, {HelloAs("mallory", 1), frame}).code(), absl::StatusCode::kUnavailable);
  }
  EXPECT_EQ(counters(left_).refused_signal, 5u);
  ExpectAllAlive();
}

TEST_F(HostileLivesScenario, WhoWatchesTooManyIsCutOff) {
  std::vector<std::string> frames = {HelloAs("mallory", 1)};
  for (uint64_t number = 1; number <= net::WatchDesk::kWatchedMax + 1; ++number) {
    frames.push_back(FrameOf({.kind = LifeSignalKind::Watch, .number = number, .target = "mate"}));
  }
  bool cut = false;
  On(mallory_, [&](Node& node) {
    auto stream = *mallory_.sim().current->network.Dial("/sim/left", Instant::Infinite());
    for (const std::string& frame : frames) {
      if (!stream->Write(frame).ok()) break;
      while (stream->Read(node.DeadlineIn(absl::Microseconds(1))).ok()) {
      }
    }
    while (!cut) cut = absl::IsUnavailable(stream->Read().status());
  });
  EXPECT_TRUE(cut);
  EXPECT_EQ(counters(left_).refused_signal, 1u);
  ExpectAllAlive();
}

// What is undone, or said again, is no link more.
TEST_F(HostileLivesScenario, WhoLinksAndUnlinksIsNotCutOff) {
  uint64_t incarnation = 0;
  ActorRef<Mate> partner;
  On(mallory_, [&](Node& node) {
    incarnation = node.incarnation();
    partner = node.Spawn<Mate>();
    node.ExportNumber(*partner.cell());
  });
  const auto say = [&](LifeSignalKind kind, uint64_t number) {
    return FrameOf(
        {.kind = kind, .number = 1, .target = "mate", .incarnation = 0, .partner = number});
  };
  const uint64_t real = partner.cell()->actor_id().value;
  std::vector<std::string> frames = {HelloAs("mallory", incarnation),
                                     say(LifeSignalKind::Watch, 0)};
  for (size_t i = 0; i <= net::DistantLinks::kLinksMax; ++i) {
    frames.push_back(say(LifeSignalKind::Link, real));
  }
  for (size_t i = 0; i <= net::DistantLinks::kLinksMax; ++i) {
    frames.push_back(say(LifeSignalKind::Unlink, real));
    frames.push_back(say(LifeSignalKind::Link, real));
  }
  EXPECT_EQ(Say(left_, frames).code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(counters(left_).refused_signal, 0u);
  ExpectAllAlive();
}

TEST_F(HostileLivesScenario, AnEarlierLifeThatAnswersAgainIsNotBelieved) {
  // At the address of "ghost" mallory answers: first in its second life, then, when that stream has
  // ended, in its first, with news of a death.
  Task::Start(mallory_.node(), "ghost", [this] {
    const auto listener = *mallory_.sim().current->network.Listen("/sim/mallory/ghost");
    for (uint64_t life = 2;; life = 1) {
      const auto stream = *listener->Accept();
      if (!stream->Read().ok() || !stream->Write(HelloAs("ghost", life)).ok()) continue;
      if (life == 1) {
        (void)stream->Write(FrameOf({.kind = LifeSignalKind::Down, .number = asked_, .reason = 3}));
      }
      const Instant until = mallory_.node().DeadlineIn(absl::Milliseconds(100));
      for (auto frame = stream->Read(until); frame.ok(); frame = stream->Read(until)) {
        const auto signal = LifeSignal::Parse(*frame);
        asked_ = std::max(asked_, signal.ok() ? signal->number : 0);
      }
    }
  }).Unref();
  net::PeerBook peers;
  peers.Add("ghost", "/sim/mallory/ghost");
  net::RemoteRouter router(left_.node(), left_.sim().current->network, peers);
  ActorRef<CounterProtocol> ghost;
  ActorRef<Notes> notes;
  std::vector<Down> downs;
  On(left_, [&](Node& node) {
    node.set_router(&router);
    ghost = *node.Named<CounterProtocol>("mate@ghost");
    notes = node.Spawn<Notes>(std::ref(downs));
    Monitor(notes, ghost);
  });
  world_.RunFor(absl::Minutes(1));
  EXPECT_GT(asked_, 0u);
  ASSERT_EQ(downs.size(), 1u);
  EXPECT_EQ(downs[0].reason.kind, ExitReason::Kind::kNodeLost) << downs[0].reason.ToString();
  On(left_, [&](Node& node) {
    router.Close();
    node.set_router(&left_.sim().current->router);
    (void)Sleep(absl::Seconds(1));
  });
}

}  // namespace
}  // namespace rehearse
