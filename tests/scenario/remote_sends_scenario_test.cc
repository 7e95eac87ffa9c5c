// What a sender meets when the actor that it sends to, on another node, takes its time; and how
// messages that are sent until they are acknowledged get through.

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/net/codec/envelope.h"
#include "rehearse/net/network.h"
#include "rehearse/net/remote/flow.h"
#include "rehearse/net/remote/hello.h"
#include "rehearse/net/remote/outbox.h"
#include "rehearse/sim/world/sim_node.h"
#include "rehearse/sim/world/world.h"
#include "rehearse/tests/scenario/counter_actor.h"
#include "tests/scenario/counter.h"

namespace rehearse {
namespace {

using sim::NodeHandle;
using sim::World;

using CounterRef = ActorRef<CounterProtocol>;

// Notes what it gets, and takes `pace` for each.
class Slow : public Actor {
 public:
  Slow(absl::Duration pace, std::vector<int64_t>& taken) : pace_(pace), taken_(taken) {}
  int64_t Handle(const counter::Inc& inc) {
    taken_.push_back(inc.amount);
    if (pace_ > absl::ZeroDuration()) (void)Sleep(pace_);
    return inc.amount;
  }
  int64_t Handle(const counter::Get&) { return static_cast<int64_t>(taken_.size()); }

 private:
  const absl::Duration pace_;
  std::vector<int64_t>& taken_;
};

std::vector<int64_t> UpTo(int64_t last) {
  std::vector<int64_t> numbers(static_cast<size_t>(last));
  std::iota(numbers.begin(), numbers.end(), 1);
  return numbers;
}

// A node with an actor "slow", which has little room, and one, "quick", that has no other care.
class RemoteSendsScenario : public testing::Test {
 protected:
  void Begin(absl::Duration pace, Overflow overflow = Overflow::kWait) {
    server_ = world_.AddNode("server", [this, pace, overflow](Node& node) -> absl::Status {
      slow_ = node.SpawnWith<Slow>({.mailbox_capacity = 4, .overflow = overflow}, pace,
                                   std::ref(taken_));
      if (auto status = node.Register<CounterProtocol>("slow", slow_); !status.ok()) return status;
      return node.Register<CounterProtocol>("quick", node.Spawn<Counter>());
    });
    client_ = world_.AddNode("client", [](Node&) { return absl::OkStatus(); });
    world_.RunFor(absl::Seconds(1));
  }

  // On a fiber of the client's.
  void Start(std::function<void(Node&)> act) {
    ++under_way_;
    Task::Start(client_.node(), "act", [this, act = std::move(act)] {
      act(client_.node());
      --under_way_;
    }).Unref();
  }
  void AwaitAll(absl::Duration limit = absl::Minutes(10)) {
    ASSERT_TRUE(world_.RunUntil([this] { return under_way_ == 0; }, limit));
  }
  void On(std::function<void(Node&)> act) {
    Start(std::move(act));
    AwaitAll();
  }
  static CounterRef Named(Node& node, absl::string_view name) {
    return *node.Named<CounterProtocol>(name);
  }
  // As a peer that knows no credit: tells the actor until the server reads no more.
  void TellUntilHeldUp(absl::string_view actor) {
    std::string payload;
    counter::Inc().AppendTo(payload);
    std::string frame;
    net::EncodeEnvelope({.kind = net::EnvelopeKind::kTell,
                         .target = actor,
                         .message_id = counter::Inc::kMessageId,
                         .payload = payload},
                        frame);
    bool held_up = false;
    On([&](Node& node) {
      auto stream = *client_.sim().current->network.Dial("/sim/server", Instant::Infinite());
      ASSERT_TRUE(stream->Write(net::HelloFrame(node)).ok());
      for (size_t i = 0; i < 2 * net::Outbox::kHeldMax && !held_up; ++i) {
        held_up = !stream->Write(std::string(frame), node.DeadlineIn(absl::Seconds(10))).ok();
      }
    });
    EXPECT_TRUE(held_up);
  }
  const net::RemoteCounters& counters() { return server_.sim().current->router.counters(); }

  World world_{{.seed = 1}};
  NodeHandle server_;
  NodeHandle client_;
  ActorRef<Slow> slow_;
  std::vector<int64_t> taken_;
  int under_way_ = 0;
};

TEST_F(RemoteSendsScenario, ASlowActorSlowsItsSenderDownAndLosesNothing) {
  Begin(absl::Milliseconds(10));
  absl::Duration took;
  On([&](Node& node) {
    const Instant start = node.DeadlineIn(absl::ZeroDuration());
    const CounterRef slow = Named(node, "slow@server");
    for (int64_t i = 1; i <= 2000; ++i) EXPECT_TRUE(slow.Tell(counter::Inc{.amount = i}).ok());
    took = node.DeadlineIn(absl::ZeroDuration()) - start;
  });
  EXPECT_GT(took, absl::Seconds(5));  // not as fast as a window takes them
  world_.RunFor(absl::Minutes(1));
  EXPECT_EQ(taken_, UpTo(2000));
  EXPECT_GT(counters().held_messages, 0u);
  EXPECT_EQ(counters().held_up, 0u);  // the stream was read all the time
}

TEST_F(RemoteSendsScenario, OneAcknowledgedTellThatIsStuckHoldsUpNoOther) {
  Begin(absl::Hours(2));
  On([&](Node& node) {
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(Named(node, "slow@server").Tell(counter::Inc()).ok());
  });
  absl::Status stuck;
  Start([&](Node& node) {
    stuck = Named(node, "slow@server").TellAcknowledged(counter::Inc(), absl::Hours(1));
  });
  world_.RunFor(absl::Seconds(1));
  Start([&](Node& node) {
    const CounterRef quick = Named(node, "quick@server");
    for (int i = 0; i < 6000; ++i) {
      const absl::Status told = quick.TellAcknowledged(counter::Inc(), absl::Seconds(9));
      ASSERT_TRUE(told.ok()) << told << " at " << i;
    }
  });
  AwaitAll(absl::Hours(3));
  EXPECT_EQ(stuck.code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(RemoteSendsScenario, APeerHasSoManyStreamsAndNoMore) {
  Begin(absl::ZeroDuration());
  On([&](Node& node) {
    std::vector<std::unique_ptr<net::Stream>> streams;
    const auto greet = [&] {
      streams.push_back(*client_.sim().current->network.Dial("/sim/server", Instant::Infinite()));
      EXPECT_TRUE(streams.back()->Write(net::HelloFrame(node)).ok());
      return streams.back()->Read(node.DeadlineIn(absl::Seconds(5))).ok();
    };
    for (size_t i = 0; i < net::PeerStreams::kMax; ++i) EXPECT_TRUE(greet()) << i;
    EXPECT_FALSE(greet());
    EXPECT_EQ(counters().refused_hello, 1u);
    streams.clear();
    EXPECT_TRUE(Sleep(absl::Seconds(1)).ok());
    EXPECT_TRUE(greet());
  });
}

TEST_F(RemoteSendsScenario, WhileOneMailboxIsFullOthersOfTheNodeAreReached) {
  Begin(absl::Hours(1));
  Start([&](Node& node) {
    const CounterRef slow = Named(node, "slow@server");
    while (slow.Tell(counter::Inc()).ok()) {
    }
  });
  world_.RunFor(absl::Seconds(5));
  absl::Duration took;
  bool done = false;
  Start([&](Node& node) {
    const Instant start = node.DeadlineIn(absl::ZeroDuration());
    EXPECT_TRUE(Named(node, "quick@server").Ask(counter::Get()).ok());
    took = node.DeadlineIn(absl::ZeroDuration()) - start;
    done = true;
  });
  EXPECT_TRUE(world_.RunUntil([&] { return done; }, absl::Seconds(5)));
  EXPECT_LT(took, absl::Milliseconds(100));
}

TEST_F(RemoteSendsScenario, WhoDoesNotWaitIsToldThatTheMailboxIsFull) {
  Begin(absl::Hours(1));
  On([&](Node& node) {
    const CounterRef slow = Named(node, "slow@server");
    EXPECT_TRUE(slow.Ask(counter::Get()).ok());
    absl::Status told;
    uint32_t sent = 0;
    for (; told.ok(); ++sent) told = slow.TryTell(counter::Inc()).status();
    EXPECT_EQ(told.code(), absl::StatusCode::kResourceExhausted) << told;
    EXPECT_EQ(EffectOf(told), Effect::kNone);
    EXPECT_LE(sent, net::kCreditMax + 1);
    const absl::Status asked =
        slow.Ask(counter::Get(), {.mailbox_timeout = absl::Seconds(1)}).status();
    EXPECT_EQ(asked.code(), absl::StatusCode::kDeadlineExceeded) << asked;
    EXPECT_EQ(EffectOf(asked), Effect::kNone);
    EXPECT_TRUE(absl::StrContains(asked.message(), "mailbox was full for too long")) << asked;
  });
}

TEST_F(RemoteSendsScenario, WhoWaitsForRoomGoesOnWhenTheActorEnds) {
  Begin(absl::Hours(1));
  int told = 0;
  Start([&](Node& node) {
    const CounterRef slow = Named(node, "slow@server");
    for (int i = 0; i < 1000; ++i) told += slow.Tell(counter::Inc()).ok();
  });
  world_.RunFor(absl::Seconds(5));
  EXPECT_LT(told, 1000);
  slow_.Kill();
  AwaitAll(absl::Seconds(10));
}

TEST_F(RemoteSendsScenario, AMailboxThatRejectsStillDoes) {
  Begin(absl::Hours(1), Overflow::kReject);
  On([&](Node& node) {
    const CounterRef slow = Named(node, "slow@server");
    for (int i = 0; i < 20; ++i) (void)slow.Tell(counter::Inc());
    const absl::Status asked = slow.Ask(counter::Get()).status();
    EXPECT_EQ(asked.code(), absl::StatusCode::kResourceExhausted) << asked;
    EXPECT_EQ(EffectOf(asked), Effect::kNone);
  });
  EXPECT_EQ(counters().held_messages, 0u);
}

TEST_F(RemoteSendsScenario, WhatWaitsForRoomWhenItsStreamBreaksComesNeverLate) {
  Begin(absl::Milliseconds(10));
  On([&](Node& node) {
    const CounterRef slow = Named(node, "slow@server");
    for (int64_t i = 1; i <= 1000; ++i) {
      (void)slow.Tell(counter::Inc{.amount = i});
      if (i % 10 == 0) (void)Sleep(absl::Milliseconds(5));
      if (i % 200 == 0) world_.ResetStreams({client_}, {server_});
    }
  });
  world_.RunFor(absl::Minutes(1));
  EXPECT_GT(taken_.size(), 50u);
  for (size_t i = 1; i < taken_.size(); ++i) ASSERT_LT(taken_[i - 1], taken_[i]);
}

TEST_F(RemoteSendsScenario, APeerThatDoesNotListenIsNotRead) {
  Begin(absl::Hours(1));
  TellUntilHeldUp("slow");
  EXPECT_LE(counters().held_messages, net::Outbox::kHeldMax + 1);
}

TEST_F(RemoteSendsScenario, WhatAPeerIsHeldUpForIsCountedWithItsNames) {
  Begin(absl::Hours(1));
  const std::string long_name(Names::kNameBytesMax, 's');
  ASSERT_TRUE(server_.node().Register<CounterProtocol>(long_name, slow_).ok());
  TellUntilHeldUp(long_name);
  EXPECT_LE(counters().held_messages, net::Outbox::kHeldBytesMax / Names::kNameBytesMax + 1);
}

// --- What may be lost with its stream.

class GapScenario : public RemoteSendsScenario {
 protected:
  // What a task of the client says that does `act` after it has told the actor something that is
  // lost.
  absl::Status AfterALoss(std::function<absl::Status(const CounterRef&)> act) {
    absl::Status said;
    On([&](Node& node) {
      const CounterRef slow = Named(node, "slow@server");
      EXPECT_TRUE(slow.TellAcknowledged(counter::Inc{.amount = 1}).ok());
      LoseOne(slow);
      said = act(slow);
      // And so much for that.
      EXPECT_TRUE(slow.TellAcknowledged(counter::Inc{.amount = 9}).ok());
    });
    return said;
  }
  void LoseOne(const CounterRef& slow) {
    world_.Partition({client_}, {server_});
    EXPECT_TRUE(slow.Tell(counter::Inc{.amount = 2}).ok());
    world_.ResetStreams({client_}, {server_});
    world_.Heal();
    (void)Sleep(absl::Milliseconds(100));
    // So that there is a connection, also for who does not wait for one.
    (void)Named(*node_, "quick@server").Ask(counter::Get());
  }
  void Begin(absl::Duration pace) {
    RemoteSendsScenario::Begin(pace);
    node_ = &client_.node();
  }

  Node* node_ = nullptr;
};

TEST_F(GapScenario, EachKindOfMessageIsToldOfItAndNotSent) {
  Begin(absl::ZeroDuration());
  const std::function<absl::Status(const CounterRef&)> kinds[] = {
      [](const CounterRef& slow) { return slow.Tell(counter::Inc{.amount = 5}).status(); },
      [](const CounterRef& slow) { return slow.TryTell(counter::Inc{.amount = 5}).status(); },
      [](const CounterRef& slow) {
        return slow.TellAcknowledged(counter::Inc{.amount = 5}).status();
      },
      [](const CounterRef& slow) { return slow.Ask(counter::Inc{.amount = 5}).status(); }};
  for (const auto& kind : kinds) {
    taken_.clear();
    const absl::Status told = AfterALoss(kind);
    EXPECT_EQ(told.code(), absl::StatusCode::kDataLoss) << told;
    EXPECT_EQ(EffectOf(told), Effect::kNone);
    EXPECT_TRUE(absl::StrContains(told.message(), "may be lost: the stream broke")) << told;
    EXPECT_EQ(taken_, (std::vector<int64_t>{1, 9}));
  }
}

TEST_F(GapScenario, WhatWasToldToOneActorIsNoMatterOfAnother) {
  Begin(absl::ZeroDuration());
  const absl::Status told = AfterALoss([&](const CounterRef& slow) -> absl::Status {
    EXPECT_TRUE(Named(*node_, "quick@server").Tell(counter::Inc()).ok());
    return slow.Tell(counter::Inc{.amount = 5});
  });
  EXPECT_EQ(told.code(), absl::StatusCode::kDataLoss) << told;
}

TEST_F(GapScenario, AStreamThatBreaksWhileIdleMakesNobodyMissAnything) {
  Begin(absl::ZeroDuration());
  On([&](Node& node) {
    const CounterRef slow = Named(node, "slow@server");
    for (int64_t i = 1; i <= 20; ++i) {
      EXPECT_TRUE(slow.Tell(counter::Inc{.amount = i}).ok()) << i;
      if (i % 5 != 0) continue;
      (void)Sleep(absl::Seconds(1));
      world_.ResetStreams({client_}, {server_});
      (void)Sleep(absl::Seconds(1));
    }
  });
  EXPECT_EQ(taken_, UpTo(20));
}

// The server greets a second stream, but the client never hears its answer, and dials a third.
TEST_F(GapScenario, AStreamThatCameToNothingInBetweenChangesNothing) {
  Begin(absl::ZeroDuration());
  On([&](Node& node) {
    const CounterRef slow = Named(node, "slow@server");
    for (int64_t i = 1; i <= 5; ++i) EXPECT_TRUE(slow.Tell(counter::Inc{.amount = i}).ok());
    (void)Sleep(absl::Seconds(1));
    world_.ResetStreams({client_}, {server_});
    (void)Sleep(absl::Seconds(1));
    world_.SlowDown({server_}, {client_}, absl::Seconds(2));
    (void)slow.TryTell(counter::Inc{.amount = 99});  // has it dialled
    (void)Sleep(absl::Milliseconds(2500));
    world_.ResetStreams({client_}, {server_});
    world_.Heal();
    (void)Sleep(absl::Seconds(5));
    EXPECT_TRUE(slow.Tell(counter::Inc{.amount = 6}).ok());
  });
  world_.RunFor(absl::Seconds(5));
  EXPECT_EQ(taken_, UpTo(6));
}

TEST_F(GapScenario, WhatWaitedForRoomWhenTheStreamBrokeIsTold) {
  Begin(absl::Seconds(1));
  On([&](Node& node) {
    const CounterRef slow = Named(node, "slow@server");
    for (int64_t i = 1; i <= 50; ++i) EXPECT_TRUE(slow.Tell(counter::Inc{.amount = i}).ok());
    (void)Sleep(absl::Seconds(3));
    world_.ResetStreams({client_}, {server_});
    (void)Sleep(absl::Seconds(1));
    const absl::Status told = slow.Tell(counter::Inc{.amount = 51});
    EXPECT_EQ(told.code(), absl::StatusCode::kDataLoss) << told;
    EXPECT_TRUE(slow.Tell(counter::Inc{.amount = 52}).ok());
  });
  world_.RunFor(absl::Minutes(1));
  EXPECT_LT(taken_.size(), 15u);
  EXPECT_EQ(taken_.back(), 52);
}

TEST_F(GapScenario, AnotherLifeOfTheNodeKnowsNothingOfWhatTheOneBeforeHas) {
  Begin(absl::ZeroDuration());
  On([&](Node& node) {
    const CounterRef slow = Named(node, "slow@server");
    EXPECT_TRUE(slow.Tell(counter::Inc()).ok());
    (void)Sleep(absl::Seconds(1));
    world_.Crash(server_);
    world_.Restart(server_);
    (void)Sleep(absl::Seconds(5));
    const absl::Status told = slow.Tell(counter::Inc());
    EXPECT_EQ(told.code(), absl::StatusCode::kDataLoss) << told;
    EXPECT_TRUE(slow.Tell(counter::Inc()).ok());
  });
}

TEST_F(GapScenario, AnAcknowledgedTellIsNotSentAgainBehindAGap) {
  Begin(absl::ZeroDuration());
  absl::Status told;
  Start([&](Node& node) {
    const CounterRef slow = Named(node, "slow@server");
    EXPECT_TRUE(slow.TellAcknowledged(counter::Inc{.amount = 1}).ok());
    world_.Partition({client_}, {server_});
    EXPECT_TRUE(slow.Tell(counter::Inc{.amount = 2}).ok());
    told = slow.TellAcknowledged(counter::Inc{.amount = 3});
  });
  world_.RunFor(absl::Milliseconds(50));
  world_.ResetStreams({client_}, {server_});
  world_.Heal();
  AwaitAll();
  EXPECT_EQ(told.code(), absl::StatusCode::kDataLoss) << told;
  EXPECT_EQ(EffectOf(told), Effect::kMaybe);
  EXPECT_EQ(taken_, UpTo(1));
}

// --- Sent until it is acknowledged.

TEST_F(RemoteSendsScenario, AcknowledgedTellsArriveOnceAndInOrderWhateverBreaks) {
  Begin(absl::Milliseconds(3));
  world_.SetLinks({.loss = {10, 100}, .duplicate = {10, 100}, .reorder = {10, 100}});
  int acknowledged = 0;
  Start([&](Node& node) {
    const CounterRef slow = Named(node, "slow@server");
    for (int64_t i = 1; i <= 300; ++i) {
      acknowledged += slow.TellAcknowledged(counter::Inc{.amount = i}).ok();
    }
  });
  for (int i = 0; under_way_ != 0 && i < 10000; ++i) {
    world_.RunFor(absl::Milliseconds(37));
    world_.ResetStreams({client_}, {server_});
    if (i % 40 == 39) {
      world_.Partition({client_}, {server_});
      world_.RunFor(absl::Seconds(2));
      world_.Heal();
      world_.RunFor(absl::Seconds(2));
    }
  }
  AwaitAll();
  world_.RunFor(absl::Minutes(1));
  EXPECT_EQ(acknowledged, 300);
  EXPECT_EQ(taken_, UpTo(300));
}

TEST_F(RemoteSendsScenario, AnAcknowledgedTellDoesNotOutliveItsNode) {
  Begin(absl::Hours(1));
  absl::Status told;
  Start([&](Node& node) {
    const CounterRef slow = Named(node, "slow@server");
    while (told.ok()) told = slow.TellAcknowledged(counter::Inc());
  });
  world_.RunFor(absl::Seconds(5));
  EXPECT_TRUE(told.ok());
  world_.Crash(server_);
  world_.Restart(server_);
  AwaitAll(absl::Minutes(1));
  EXPECT_EQ(told.code(), absl::StatusCode::kUnavailable) << told;
  EXPECT_EQ(EffectOf(told), Effect::kMaybe);
}

// Those that gave up at the new life have used none of its room.
TEST_F(RemoteSendsScenario, WhatWasMeantForTheLifeBeforeTakesNoRoomInTheNext) {
  Begin(absl::Hours(1));
  int unavailable = 0;
  for (uint32_t i = 0; i < net::kCreditMax; ++i) {
    Start([&](Node& node) {
      const absl::Status told = Named(node, "slow@server").TellAcknowledged(counter::Inc());
      unavailable += absl::IsUnavailable(told) && EffectOf(told) == Effect::kMaybe;
    });
  }
  world_.RunFor(absl::Seconds(5));
  world_.Crash(server_);
  world_.Restart(server_);
  // The few that were acknowledged are over already.
  AwaitAll(absl::Minutes(1));
  EXPECT_GT(unavailable, 500);
  On([&](Node& node) {
    const CounterRef slow = Named(node, "slow@server");
    for (uint32_t i = 0; i < net::kCreditMax / 2; ++i) {
      const absl::Status told = slow.TryTell(counter::Inc());
      ASSERT_TRUE(told.ok()) << told << " after " << i;
    }
  });
}

// A world of its own, where the server starts anew while it owes an acknowledgement.
class NewLifeMeanwhile : public RemoteSendsScenario {
 public:
  // How the last tell ended, which had so much time; and when, from its start.
  absl::Status Tell(absl::Duration timeout, absl::Duration& took) {
    Begin(absl::Hours(1));
    absl::Status told;
    Start([&](Node& node) {
      const CounterRef slow = Named(node, "slow@server");
      while (told.ok()) {
        const Instant start = node.DeadlineIn(absl::ZeroDuration());
        told = slow.TellAcknowledged(counter::Inc(), timeout);
        took = node.DeadlineIn(absl::ZeroDuration()) - start;
      }
    });
    world_.RunFor(absl::Seconds(5));
    world_.Crash(server_);
    world_.Restart(server_);
    AwaitAll(absl::Minutes(1));
    return told;
  }

 private:
  void TestBody() override {}
};

// Also where the node is found to have started anew at the moment when the time is up.
TEST(AcknowledgedTellTest, SaysThatItMayHaveArrivedWheneverItsTimeIsUp) {
  absl::Duration took;
  EXPECT_EQ(EffectOf(NewLifeMeanwhile().Tell(absl::Minutes(1), took)), Effect::kMaybe);
  for (int64_t early = -2; early <= 2; ++early) {
    absl::Duration ignored;
    const absl::Status told = NewLifeMeanwhile().Tell(took - absl::Nanoseconds(early), ignored);
    EXPECT_EQ(EffectOf(told), Effect::kMaybe) << told << ", " << early << "ns before";
  }
}

TEST_F(RemoteSendsScenario, WithoutAnAcknowledgementItWaitsNoLongerThanItWasTold) {
  Begin(absl::ZeroDuration());
  On([&](Node& node) {
    const CounterRef slow = Named(node, "slow@server");
    EXPECT_TRUE(slow.TellAcknowledged(counter::Inc()).ok());
    world_.Partition({client_}, {server_});
    const Instant start = node.DeadlineIn(absl::ZeroDuration());
    const absl::Status told = slow.TellAcknowledged(counter::Inc(), absl::Seconds(3));
    EXPECT_EQ(told.code(), absl::StatusCode::kDeadlineExceeded) << told;
    EXPECT_EQ(EffectOf(told), Effect::kMaybe);
    EXPECT_LE(node.DeadlineIn(absl::ZeroDuration()) - start, absl::Milliseconds(3001));
    world_.Heal();
    const absl::Status nobody = Named(node, "nobody@server").TellAcknowledged(counter::Inc());
    EXPECT_EQ(nobody.code(), absl::StatusCode::kNotFound) << nobody;
    EXPECT_EQ(EffectOf(nobody), Effect::kNone);
  });
}

}  // namespace
}  // namespace rehearse
