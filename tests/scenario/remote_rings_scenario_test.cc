// Actors on several nodes that wait for each other, so that none can go on: one of them is let go,
// by an error that names the ring. And those that only seem to, which are left alone.

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/random.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/reply.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/net/codec/envelope.h"
#include "rehearse/net/network.h"
#include "rehearse/net/remote/hello.h"
#include "rehearse/net/remote/ring.h"
#include "rehearse/sim/world/sim_node.h"
#include "rehearse/sim/world/world.h"
#include "rehearse/tests/scenario/counter_actor.h"
#include "tests/scenario/counter.h"

namespace rehearse {
namespace {

using counter::Get;
using counter::Inc;
using sim::NodeHandle;
using sim::World;

using CounterRef = ActorRef<CounterProtocol>;

CounterRef Named(Node& node, absl::string_view name) { return *node.Named<CounterProtocol>(name); }

bool IsRing(const absl::Status& status) {
  return status.code() == absl::StatusCode::kFailedPrecondition &&
         absl::StrContains(status.message(), "each waits for the next");
}

// Asked for Inc, asks the next one for Get; asked for Get, answers.
class Relay : public Actor {
 public:
  explicit Relay(std::string next) : next_(std::move(next)) {}
  absl::StatusOr<int64_t> Handle(const Inc&) {
    const absl::StatusOr<int64_t> answer = Named(node(), next_).Ask(Get());
    EXPECT_EQ(EffectOf(answer.status()), Effect::kMaybe);
    return answer;
  }
  int64_t Handle(const Get&) { return 7; }

 private:
  const std::string next_;
};

// Asks the next one the same, whatever it is asked.
class Link : public Actor {
 public:
  explicit Link(std::string next) : next_(std::move(next)) {}
  absl::StatusOr<int64_t> Handle(const Inc& inc) { return Named(node(), next_).Ask(inc); }
  absl::StatusOr<int64_t> Handle(const Get& get) { return Named(node(), next_).Ask(get); }

 private:
  const std::string next_;
};

// Nodes "a", "b" and "c".
class RemoteRingsScenario : public testing::Test {
 protected:
  using Setup = std::function<absl::Status(Node&)>;

  void Begin(std::vector<Setup> setups) {
    setups.resize(3, [](Node&) { return absl::OkStatus(); });
    const char* name = "abc";
    for (const Setup& setup : setups)
      nodes_.push_back(world_.AddNode(std::string(1, *name++), setup));
    world_.RunFor(absl::Seconds(1));
  }
  template <typename A>
  static Setup With(const std::string& name, const std::string& next) {
    return [=](Node& node) { return node.Register<CounterProtocol>(name, node.Spawn<A>(next)); };
  }

  // What `to` answers, asked on a fiber of that node; once it has.
  template <typename M>
  size_t Ask(NodeHandle node, const std::string& to, M message) {
    answers_.emplace_back();
    const size_t place = answers_.size() - 1;
    Task::Start(node.node(), "act", [this, node, to, message, place]() mutable {
      answers_[place] = Named(node.node(), to).Ask(message);
    }).Unref();
    return place;
  }
  bool AwaitAnswers(absl::Duration limit) {
    return world_.RunUntil(
        [this] {
          return std::all_of(answers_.begin(), answers_.end(),
                             [](const auto& answer) { return answer.has_value(); });
        },
        limit);
  }

  World world_{{.seed = 1}};
  std::vector<NodeHandle> nodes_;
  std::vector<std::optional<absl::StatusOr<int64_t>>> answers_;
};

TEST_F(RemoteRingsScenario, WhoAskEachOtherAreNamedAndOneIsLetGo) {
  Begin({With<Relay>("first", "second@b"), With<Relay>("second", "first@a")});
  Ask(nodes_[0], "first", Inc());
  Ask(nodes_[1], "second", Inc());
  ASSERT_TRUE(AwaitAnswers(absl::Seconds(10)));
  const absl::Status let_go = answers_[0]->status();
  EXPECT_TRUE(IsRing(let_go)) << let_go;
  EXPECT_TRUE(absl::StrContains(let_go.message(), " on a -> ")) << let_go;
  EXPECT_TRUE(absl::StrContains(let_go.message(), " on b -> ")) << let_go;
  // The other's question was answered then.
  EXPECT_EQ(answers_[1]->value_or(0), 7) << answers_[1]->status();
}

TEST_F(RemoteRingsScenario, AChainOfAsksThatComesBackIsARing) {
  Begin({With<Link>("first", "second@b"), With<Link>("second", "third@c"),
         With<Link>("third", "first@a")});
  Ask(nodes_[1], "first@a", Get());
  ASSERT_TRUE(AwaitAnswers(absl::Seconds(20)));
  EXPECT_TRUE(IsRing(answers_[0]->status())) << answers_[0]->status();
}

TEST_F(RemoteRingsScenario, ARingThatGoesOverActorsOfOneNodeTooIsFound) {
  Begin({[](Node& node) -> absl::Status {
           if (auto status = node.Register<CounterProtocol>("first", node.Spawn<Relay>("helper"));
               !status.ok()) {
             return status;
           }
           return node.Register<CounterProtocol>("helper", node.Spawn<Link>("second@b"));
         },
         With<Relay>("second", "first@a")});
  Ask(nodes_[1], "second", Inc());
  Ask(nodes_[0], "first", Inc());
  ASSERT_TRUE(AwaitAnswers(absl::Seconds(10)));
  EXPECT_TRUE(IsRing(answers_[1]->status())) << answers_[1]->status();
  EXPECT_TRUE(absl::StrContains(answers_[1]->status().message(), "Link")) << answers_[1]->status();
  EXPECT_TRUE(answers_[0]->ok()) << answers_[0]->status();
}

// The wait that closes it comes when the others have been quiet for long.
TEST_F(RemoteRingsScenario, ARingThatClosesLateIsFound) {
  Begin({With<Relay>("first", "second@b"), [](Node& node) {
           class Late : public Relay {
            public:
             using Relay::Handle;
             using Relay::Relay;
             absl::Status OnStart() override { return absl::OkStatus(); }
             absl::StatusOr<int64_t> Handle(const Inc& inc) {
               if (auto status = Sleep(absl::Minutes(5)); !status.ok()) return status;
               return Relay::Handle(inc);
             }
           };
           return node.Register<CounterProtocol>("second", node.Spawn<Late>("first@a"));
         }});
  Ask(nodes_[1], "second", Inc());
  world_.RunFor(absl::Seconds(1));
  Ask(nodes_[0], "first", Inc());
  ASSERT_TRUE(AwaitAnswers(absl::Minutes(6)));
  EXPECT_TRUE(IsRing(answers_[1]->status())) << answers_[1]->status();
  EXPECT_EQ(answers_[0]->value_or(0), 7) << answers_[0]->status();
}

TEST_F(RemoteRingsScenario, AChainThatIsNoRingIsLeftAlone) {
  Begin({With<Link>("first", "second@b"), With<Link>("second", "third@c"), [](Node& node) {
           class Sleeper : public Actor {
            public:
             int64_t Handle(const Inc&) { return 1; }
             int64_t Handle(const Get&) {
               (void)Sleep(absl::Seconds(30));
               return 5;
             }
           };
           return node.Register<CounterProtocol>("third", node.Spawn<Sleeper>());
         }});
  Ask(nodes_[2], "first@a", Get());
  Ask(nodes_[0], "second@b", Get());
  ASSERT_TRUE(AwaitAnswers(absl::Minutes(2)));
  EXPECT_EQ(answers_[0]->value_or(0), 5) << answers_[0]->status();
  EXPECT_EQ(answers_[1]->value_or(0), 5) << answers_[1]->status();
}

// Who asked waits for whoever has the reply, and that is not known.
TEST_F(RemoteRingsScenario, AReplyThatWasHandedOnMakesNoRing) {
  std::optional<Reply<int64_t>> handed_on;
  Begin({With<Relay>("first", "second@b"), [&handed_on](Node& node) {
           class HandsOn : public Actor {
            public:
             explicit HandsOn(std::optional<Reply<int64_t>>& to) : to_(to) {}
             absl::StatusOr<int64_t> Handle(const Inc&) {
               return absl::UnimplementedError("Get is what is asked for");
             }
             void Handle(const Get&, Reply<int64_t> reply) {
               to_ = std::move(reply);
               EXPECT_EQ(Named(node(), "first@a").Ask(Get()).value_or(0), 7);
             }

            private:
             std::optional<Reply<int64_t>>& to_;
           };
           return node.Register<CounterProtocol>("second",
                                                 node.Spawn<HandsOn>(std::ref(handed_on)));
         }});
  Ask(nodes_[0], "first", Inc());
  world_.RunFor(absl::Seconds(40));
  ASSERT_FALSE(answers_[0].has_value()) << answers_[0]->status();
  Task::Start(nodes_[1].node(), "other", [&handed_on] {
    std::move(*handed_on).Send(9);
    handed_on.reset();
  }).Unref();
  ASSERT_TRUE(AwaitAnswers(absl::Seconds(5)));
  EXPECT_EQ(answers_[0]->value_or(0), 9) << answers_[0]->status();
  world_.RunFor(absl::Seconds(1));
}

// Fills the other's mailbox, until that fails, for which it must not wait for ever.
class Flooder : public Actor {
 public:
  explicit Flooder(std::string next) : next_(std::move(next)) {}
  absl::StatusOr<int64_t> Handle(const Inc&) {
    const CounterRef next = Named(node(), next_);
    while (true) {
      if (const SendResult sent = next.Tell(Get()); !sent.ok()) return sent.status();
    }
  }
  int64_t Handle(const Get&) { return 1; }

 private:
  const std::string next_;
};

TEST_F(RemoteRingsScenario, FullMailboxesInARingAreNoticedToo) {
  Begin({With<Flooder>("first", "second@b"), With<Flooder>("second", "first@a")});
  Ask(nodes_[0], "first", Inc());
  Ask(nodes_[1], "second", Inc());
  ASSERT_TRUE(world_.RunUntil([this] { return answers_[0].has_value() || answers_[1].has_value(); },
                              absl::Seconds(20)));
  const auto& first = answers_[0].has_value() ? answers_[0] : answers_[1];
  EXPECT_EQ(first->status().code(), absl::StatusCode::kDeadlineExceeded) << first->status();
}

// --- Peers that lie.

class LyingProbesScenario : public RemoteRingsScenario {
 protected:
  // Whether the node closes a stream on which that comes.
  bool Closes(const net::RingProbe& probe) {
    std::string bytes;
    probe.AppendTo(bytes);
    return ClosesAt(bytes);
  }
  bool ClosesAt(const std::string& payload) {
    std::string frame;
    net::EncodeEnvelope({.kind = net::EnvelopeKind::kProbe, .target = "first", .payload = payload},
                        frame);
    bool closed = false;
    bool done = false;
    Task::Start(nodes_[2].node(), "act", [&] {
      Node& node = nodes_[2].node();
      auto stream = *nodes_[2].sim().current->network.Dial("/sim/a", Instant::Infinite());
      ASSERT_TRUE(stream->Write(net::HelloFrame(node)).ok());
      ASSERT_TRUE(stream->Read().ok());
      ASSERT_TRUE(stream->Write(frame).ok());
      closed = absl::IsUnavailable(stream->Read(node.DeadlineIn(absl::Seconds(5))).status());
      done = true;
    }).Unref();
    EXPECT_TRUE(world_.RunUntil([&] { return done; }, absl::Minutes(1)));
    return closed;
  }
};

TEST_F(LyingProbesScenario, WhatIsNoProbeClosesItsStream) {
  Begin({With<Relay>("first", "second@b"), With<Relay>("second", "first@a")});
  const net::RingHop hop = {.node = "x", .incarnation = 1, .wait = 1, .afar = true};
  EXPECT_TRUE(ClosesAt("no table"));
  EXPECT_TRUE(Closes({.look = 1, .hops = {}}));
  EXPECT_TRUE(Closes({.look = 0, .hops = {hop}}));
  EXPECT_TRUE(Closes({.look = 1, .hops = net::Ring(net::kRingHopsMax + 1, hop)}));
  EXPECT_FALSE(Closes({.look = 1, .hops = {hop}}));
}

TEST_F(LyingProbesScenario, ARingThatNobodyHasSeenEndsNoAsk) {
  Begin({With<Relay>("first", "slow@b"), [](Node& node) {
           class Slow : public Actor {
            public:
             int64_t Handle(const Inc&) { return 1; }
             int64_t Handle(const Get&) {
               (void)Sleep(absl::Seconds(20));
               return 5;
             }
           };
           return node.Register<CounterProtocol>("slow", node.Spawn<Slow>());
         }});
  Ask(nodes_[0], "first", Inc());
  world_.RunFor(absl::Seconds(3));
  // Whatever the number of the wait is, its look is not known.
  for (uint64_t waitable = 0; waitable < 40; ++waitable) {
    for (uint64_t generation = 1; generation < 4; ++generation) {
      const net::RingHop hop = {.node = "a",
                                .incarnation = nodes_[0].node().incarnation(),
                                .wait = waitable << 32 | generation,
                                .afar = true,
                                .is_ask = true};
      const net::RingHop own = {
          .node = "c", .incarnation = nodes_[2].node().incarnation(), .wait = 1, .afar = true};
      (void)Closes({.look = 1, .hops = {hop, own}});
      if (answers_[0].has_value()) break;
    }
  }
  ASSERT_TRUE(AwaitAnswers(absl::Minutes(1)));
  EXPECT_EQ(answers_[0]->value_or(0), 5) << answers_[0]->status();
}

// --- Many seeds. Actors ask each other at random, with no time-outs: all asks end, and none is
// told of a ring that is not there.

// Who waits for whom, at this very moment.
using WaitGraph = std::map<std::string, std::string>;

class Wanderer : public Actor {
 public:
  Wanderer(std::string name, std::vector<std::string> others, WaitGraph& waits, int& rings)
      : name_(std::move(name)), others_(std::move(others)), waits_(waits), rings_(rings) {}

  absl::StatusOr<int64_t> Handle(const Inc& inc) {
    if (inc.amount == 0) return 0;
    const Random random = node().random(absl::StrCat("wander ", name_));
    if (auto status = Sleep(absl::Milliseconds(random.At(turn_++) % 50)); !status.ok())
      return status;
    const std::string& to = others_[random.At(turn_++) % others_.size()];
    waits_[name_] = to;
    const auto answer = Named(node(), to).Ask(Inc{.amount = inc.amount - 1});
    // Else it is an answer of whom that happened to.
    if (IsRing(answer.status()) && IsFrameworkError(answer.status())) {
      ++rings_;
      EXPECT_TRUE(LeadsBack()) << name_ << ": " << answer.status();
    }
    waits_.erase(name_);
    return answer.ok() ? *answer + 1 : answer;
  }
  int64_t Handle(const Get&) { return 0; }

 private:
  bool LeadsBack() const {
    std::string at = name_;
    for (size_t i = 0; i <= waits_.size(); ++i) {
      const auto next = waits_.find(at);
      if (next == waits_.end()) return false;
      at = next->second;
      if (at == name_) return true;
    }
    return false;
  }

  const std::string name_;
  const std::vector<std::string> others_;
  WaitGraph& waits_;
  int& rings_;
  uint64_t turn_ = 0;
};

int RingsIn(uint64_t seed) {
  World world({.seed = seed});
  WaitGraph waits;
  int rings = 0;
  std::vector<std::string> names;
  for (const char* const node : {"a", "b", "c"}) {
    for (int i = 0; i < 2; ++i) names.push_back(absl::StrCat("w", i, "@", node));
  }
  std::vector<NodeHandle> nodes;
  for (size_t i = 0; i < 3; ++i) {
    nodes.push_back(world.AddNode(std::string(1, "abc"[i]), [&, i](Node& node) -> absl::Status {
      for (size_t k = 2 * i; k < 2 * i + 2; ++k) {
        std::vector<std::string> others = names;
        others.erase(others.begin() + static_cast<ptrdiff_t>(k));
        const auto actor = node.Spawn<Wanderer>(names[k], others, std::ref(waits), std::ref(rings));
        const std::string name = names[k].substr(0, 2);
        if (auto status = node.Register<CounterProtocol>(name, actor); !status.ok()) return status;
      }
      return absl::OkStatus();
    }));
  }
  world.RunFor(absl::Seconds(1));
  int under_way = 0;
  for (int i = 0; i < 4; ++i) {
    const NodeHandle from = nodes[static_cast<size_t>(i) % 3];
    ++under_way;
    Task::Start(from.node(), "client", [&, from, i] {
      (void)Named(from.node(), names[static_cast<size_t>(i)]).Ask(Inc{.amount = 5});
      --under_way;
    }).Unref();
  }
  if (seed % 3 == 0) {
    world.RunFor(absl::Seconds(2));
    world.Partition({nodes[0]}, {nodes[1], nodes[2]});
    world.RunFor(absl::Seconds(static_cast<int64_t>(seed % 7)));
    world.Heal();
  }
  EXPECT_TRUE(world.RunUntil([&] { return under_way == 0; }, absl::Minutes(3)))
      << under_way << " asks never ended, seed " << seed;
  return rings;
}

TEST(RemoteRingsProperty, AllAsksEndAndNoRingIsToldOfThatIsNone) {
  int rings = 0;
  for (uint64_t seed = 1; seed <= 300 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    rings += RingsIn(seed);
  }
  EXPECT_GT(rings, 30);
}

}  // namespace
}  // namespace rehearse
