// An ask that is answered twice: found wherever the second answer shows, and told from a late one.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/pending.h"
#include "rehearse/actor/reply.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/net/codec/envelope.h"
#include "rehearse/net/network.h"
#include "rehearse/net/remote/hello.h"
#include "rehearse/sim/world/sim_node.h"
#include "rehearse/sim/world/world.h"
#include "rehearse/tests/scenario/counter_actor.h"
#include "tests/scenario/counter.h"

namespace rehearse {
namespace {

using sim::NodeHandle;
using sim::RunResult;
using sim::Verdict;
using sim::World;

// Answers twice, at once or the second time a second later.
class Doubter : public Actor {
 public:
  explicit Doubter(absl::Duration pause) : pause_(pause) {}
  void Handle(const counter::Get&, Reply<int64_t> reply) {
    const ReplyId right = std::move(reply).Release();
    Reply<int64_t>(node(), right).Send(1);
    if (pause_ > absl::ZeroDuration()) Sleep(pause_).IgnoreError();
    Reply<int64_t>(node(), right).Send(2);
  }

 private:
  const absl::Duration pause_;
};

using DoubterProtocol = Protocol<int64_t(counter::Get)>;

void ExpectFound(World& world, const std::string& who) {
  world.RunFor(absl::Minutes(1));
  const RunResult result = world.Finish();
  EXPECT_EQ(result.verdict, Verdict::kSafety);
  EXPECT_NE(result.reason.find("duplicated reply: "), std::string::npos) << result.reason;
  EXPECT_NE(result.reason.find(who), std::string::npos) << result.reason;
}

class DuplicatedReplyScenario : public testing::TestWithParam<absl::Duration> {};

TEST_P(DuplicatedReplyScenario, OfAnAskIsFound) {
  World world({.seed = 1});
  world.AddNode("bank", [](Node& node) -> absl::Status {
    auto doubter = node.Spawn<Doubter>(GetParam());
    EXPECT_EQ(doubter.Ask(counter::Get{}).value(), 1);
    return Sleep(absl::Seconds(10));
  });
  ExpectFound(world, "Doubter#1 on bank, handling ");
}

TEST_P(DuplicatedReplyScenario, OfARequestIsFound) {
  World world({.seed = 1});
  world.AddNode("bank", [](Node& node) -> absl::Status {
    auto doubter = node.Spawn<Doubter>(GetParam());
    auto pending = doubter.Request(counter::Get{});
    EXPECT_EQ(pending.Await().value(), 1);
    return Sleep(absl::Seconds(10));
  });
  ExpectFound(world, "Doubter#1 on bank, handling ");
}

TEST_P(DuplicatedReplyScenario, OfAnAskFromAnotherNodeIsFound) {
  World world({.seed = 1});
  world.AddNode("bank", [](Node& node) -> absl::Status {
    return node.Register<DoubterProtocol>("doubter", node.Spawn<Doubter>(GetParam()));
  });
  world.AddNode("client", [](Node& node) -> absl::Status {
    REHEARSE_ASSIGN_OR_RETURN(auto doubter, node.Named<DoubterProtocol>("doubter@bank"));
    return doubter.Ask(counter::Get{}).status();
  });
  ExpectFound(world, "Doubter#1 on bank, handling ");
}

INSTANTIATE_TEST_SUITE_P(All, DuplicatedReplyScenario,
                         testing::Values(absl::ZeroDuration(), absl::Seconds(1)),
                         [](const auto& info) { return info.index == 0 ? "AtOnce" : "Later"; });

// A node of another make, which answers each request twice.
void ServeTwice(Node& node, net::Network& network) {
  auto listener = network.Listen("/sim/bank");
  auto stream = (*listener)->Accept();
  auto hello = (*stream)->Read();
  if (!hello.ok() || !(*stream)->Write(net::HelloFrame(node)).ok()) return;
  while (true) {
    const absl::StatusOr<std::string> frame = (*stream)->Read();
    if (!frame.ok()) return;
    const uint64_t request = net::DecodeEnvelope(*frame)->request_id;
    std::string answer;
    net::EncodeEnvelope({.kind = net::EnvelopeKind::kError,
                         .request_id = request,
                         .status_code = absl::StatusCode::kNotFound,
                         .effect = net::kNotTheFrameworks},
                        answer);
    for (int i = 0; i < 2; ++i) (*stream)->Write(answer).IgnoreError();
  }
}

TEST(DuplicatedReplyScenario, OfAPeerThatSpeaksForItselfIsFound) {
  World world({.seed = 1});
  const NodeHandle bank = world.AddNode("bank", [](Node&) { return absl::OkStatus(); });
  world.RunFor(absl::Milliseconds(1));
  sim::Incarnation& life = *bank.sim().current;
  life.listener->Close();
  Task::Start(life.node, "serve twice", [&life] { ServeTwice(life.node, life.network); }).Unref();
  world.RunFor(absl::Milliseconds(1));
  world.AddNode("client", [](Node& node) -> absl::Status {
    REHEARSE_ASSIGN_OR_RETURN(auto doubter, node.Named<DoubterProtocol>("doubter@bank"));
    for (int i = 0; i < 3; ++i) doubter.Ask(counter::Get{}).IgnoreError();
    return Sleep(absl::Seconds(1));
  });
  ExpectFound(world, "node bank answered request 1 of client");
}

// Takes its time, and answers once.
class Slow : public Actor {
 public:
  int64_t Handle(const counter::Get&) {
    Sleep(absl::Seconds(2)).IgnoreError();
    return 1;
  }
};

absl::Status AskInVain(ActorRef<DoubterProtocol> slow) {
  EXPECT_FALSE(slow.Ask(counter::Get{}, {.reply_timeout = absl::Seconds(1)}).ok());
  auto cancelled = slow.Request(counter::Get{});
  cancelled.Cancel();
  std::vector<Pending<int64_t>> both;
  for (int i = 0; i < 2; ++i) both.push_back(slow.Request(counter::Get{}));
  REHEARSE_RETURN_IF_ERROR(AwaitAny(both).status());
  return Sleep(absl::Minutes(1));
}

TEST(DuplicatedReplyScenario, AnAnswerThatComesTooLateIsNone) {
  World world({.seed = 1});
  world.AddNode("bank", [](Node& node) -> absl::Status {
    const auto slow = node.Spawn<Slow>();
    REHEARSE_RETURN_IF_ERROR(node.Register<DoubterProtocol>("slow", slow));
    return AskInVain(ActorRef<DoubterProtocol>(slow));
  });
  world.AddNode("client", [](Node& node) -> absl::Status {
    REHEARSE_ASSIGN_OR_RETURN(auto slow, node.Named<DoubterProtocol>("slow@bank"));
    return AskInVain(slow);
  });
  world.RunFor(absl::Minutes(2));
  const RunResult result = world.Finish();
  EXPECT_EQ(result.verdict, Verdict::kGood) << result.reason;
}

// The time is up while nothing of the node runs, and then the answer is first.
TEST(DuplicatedReplyScenario, AnAnswerBesideTheEndOfItsTimeIsNone) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    World world({.seed = seed});
    const NodeHandle bank = world.AddNode("bank", [](Node& node) -> absl::Status {
      auto slow = node.Spawn<Slow>();
      (void)slow.Ask(counter::Get{}, {.reply_timeout = absl::Milliseconds(1990)});
      return Sleep(absl::Seconds(5));
    });
    world.RunFor(absl::Seconds(1));
    world.Pause(bank);
    world.RunFor(absl::Seconds(5));
    world.Resume(bank);
    world.RunFor(absl::Minutes(1));
    const RunResult result = world.Finish();
    EXPECT_EQ(result.verdict, Verdict::kGood) << result.reason;
  }
}

// The asker is gone before the answer comes, by a kill in the middle of its wait.
class Asker : public Actor {
 public:
  explicit Asker(ActorRef<Slow> slow) : slow_(std::move(slow)) {}
  void Handle(const counter::Inc&) { (void)slow_.Ask(counter::Get{}); }

 private:
  ActorRef<Slow> slow_;
};

TEST(DuplicatedReplyScenario, AnAnswerToOneWhoWasKilledIsNone) {
  World world({.seed = 1});
  world.AddNode("bank", [](Node& node) -> absl::Status {
    auto asker = node.Spawn<Asker>(node.Spawn<Slow>());
    asker.Tell(counter::Inc{});
    REHEARSE_RETURN_IF_ERROR(Sleep(absl::Seconds(1)));
    asker.Kill();
    return Sleep(absl::Seconds(5));
  });
  world.RunFor(absl::Minutes(1));
  const RunResult result = world.Finish();
  EXPECT_EQ(result.verdict, Verdict::kGood) << result.reason;
}

}  // namespace
}  // namespace rehearse
