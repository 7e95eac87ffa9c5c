// Who asks an actor of another node and gives up: what that actor, and who works for it, learn of
// it, and what stays behind.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/sim/world/sim_node.h"
#include "rehearse/sim/world/world.h"
#include "rehearse/tests/scenario/counter_actor.h"
#include "tests/scenario/counter.h"

namespace rehearse {
namespace {

using sim::NodeHandle;
using sim::World;

using CounterRef = ActorRef<CounterProtocol>;

// How one message was handled.
struct Handled {
  std::vector<absl::StatusCode> waits;
  absl::Duration took;
};

// Waits for an hour, or asks whom it works for; and waits for a second more, unless it is for
// nothing.
class Patient : public Actor {
 public:
  Patient(std::vector<Handled>& handled, CounterRef next) : handled_(handled), next_(next) {}
  absl::StatusOr<int64_t> Handle(const counter::Inc& inc) {
    const Instant begin = node().clock().Now();
    Handled handled;
    if (next_) {
      handled.waits.push_back(next_.Ask(inc).status().code());
    } else {
      handled.waits.push_back(Sleep(absl::Hours(1)).code());
    }
    if (inc.amount != 0) handled.waits.push_back(Sleep(absl::Seconds(1)).code());
    handled.took = node().clock().Now() - begin;
    handled_.push_back(std::move(handled));
    return inc.amount;
  }
  int64_t Handle(const counter::Get&) { return static_cast<int64_t>(handled_.size()); }

 private:
  std::vector<Handled>& handled_;
  const CounterRef next_;
};

// "patient" on server sleeps; "relay" on middle asks it.
class CancellationScenario : public testing::Test {
 protected:
  void SetUp() override {
    server_ = world_.AddNode("server", [this](Node& node) {
      return node.Register<CounterProtocol>("patient",
                                            node.Spawn<Patient>(std::ref(slept_), CounterRef()));
    });
    middle_ = world_.AddNode("middle", [this](Node& node) {
      return node.Register<CounterProtocol>(
          "relay",
          node.Spawn<Patient>(std::ref(relayed_), *node.Named<CounterProtocol>("patient@server")));
    });
    client_ = world_.AddNode("client", [](Node&) { return absl::OkStatus(); });
    world_.RunFor(absl::Seconds(1));
  }
  // On a fiber of the client's, until it ends.
  void On(std::function<void(Node&)> act) {
    bool done = false;
    Task::Start(client_.node(), "act", [&] {
      act(client_.node());
      done = true;
    }).Unref();
    ASSERT_TRUE(world_.RunUntil([&] { return done; }, absl::Hours(2)));
  }
  static CounterRef Named(Node& node, absl::string_view name) {
    return *node.Named<CounterProtocol>(name);
  }
  static net::RemoteCounters& CountersOf(NodeHandle node) {
    return const_cast<net::RemoteCounters&>(node.sim().current->router.counters());
  }
  size_t AsksOfClient() { return client_.sim().current->router.asks_in_progress(); }
  // One was let go in time, and had its second wait in peace.
  void ExpectLetGo(const std::vector<Handled>& handled) {
    ASSERT_EQ(handled.size(), 1u);
    EXPECT_EQ(handled[0].waits, (std::vector{absl::StatusCode::kCancelled, absl::StatusCode::kOk}));
    EXPECT_LT(handled[0].took, absl::Seconds(10));
    EXPECT_EQ(AsksOfClient(), 0u);
  }

  World world_{{.seed = 1}};
  std::vector<Handled> slept_;
  std::vector<Handled> relayed_;
  NodeHandle server_;
  NodeHandle middle_;
  NodeHandle client_;
};

TEST_F(CancellationScenario, AnAskWhoseTimeIsUpLetsItsHandlerGo) {
  On([&](Node& node) {
    const auto answer =
        Named(node, "patient@server").Ask(counter::Inc(), {.reply_timeout = absl::Seconds(3)});
    EXPECT_EQ(answer.status().code(), absl::StatusCode::kDeadlineExceeded);
  });
  world_.RunFor(absl::Seconds(5));
  ExpectLetGo(slept_);
}

TEST_F(CancellationScenario, ARequestThatIsDroppedLetsItsHandlerGo) {
  On([&](Node& node) {
    const auto pending = Named(node, "patient@server").Request(counter::Inc());
    EXPECT_TRUE(Sleep(absl::Seconds(2)).ok());
  });
  world_.RunFor(absl::Seconds(5));
  ExpectLetGo(slept_);
  EXPECT_EQ(CountersOf(server_).withdrawn_asks, 1u);
}

TEST_F(CancellationScenario, TheLosersOfAnAnyAreLetGo) {
  On([&](Node& node) {
    std::vector<Pending<int64_t>> pendings;
    pendings.push_back(Named(node, "patient@server").Request(counter::Inc()));
    pendings.push_back(Named(node, "relay@middle").Request(counter::Get()));
    const auto first = AwaitAny(pendings);
    ASSERT_TRUE(first.ok());
    EXPECT_EQ(first->index, 1u);
  });
  world_.RunFor(absl::Seconds(5));
  ExpectLetGo(slept_);
}

TEST_F(CancellationScenario, AnAskerThatIsKilledLetsItsHandlerGo) {
  Task* task = nullptr;
  On([&](Node& node) {
    task = &Task::Start(node, "asker",
                        [&node] { (void)Named(node, "patient@server").Ask(counter::Inc()); });
    EXPECT_TRUE(Sleep(absl::Seconds(2)).ok());
    task->RequestKill();
    task->Unref();
  });
  world_.RunFor(absl::Seconds(5));
  ExpectLetGo(slept_);
}

TEST_F(CancellationScenario, AllThatWorkForItOnOtherNodesAreLetGo) {
  On([&](Node& node) {
    const auto pending = Named(node, "relay@middle").Request(counter::Inc());
    EXPECT_TRUE(Sleep(absl::Seconds(2)).ok());
  });
  world_.RunFor(absl::Seconds(5));
  ExpectLetGo(slept_);
  ASSERT_EQ(relayed_.size(), 1u);
  EXPECT_EQ(relayed_[0].waits,  // its ask, and the first sleep after it
            (std::vector{absl::StatusCode::kCancelled, absl::StatusCode::kCancelled}));
}

TEST_F(CancellationScenario, AnAskerWhoseNodeCrashesLetsItsHandlerGo) {
  Task::Start(client_.node(), "asker", [this] {
    (void)Named(client_.node(), "patient@server").Ask(counter::Inc());
  }).Unref();
  world_.RunFor(absl::Seconds(2));
  world_.Crash(client_);
  world_.RunFor(absl::Seconds(5));
  ASSERT_EQ(slept_.size(), 1u);
  EXPECT_EQ(slept_[0].waits[0], absl::StatusCode::kCancelled);
}

// Nobody tells the server of the end; it learns of it from who greets next.
TEST_F(CancellationScenario, AnAskerThatDiedInSilenceLetsItsHandlerGoWhenItIsBack) {
  Task::Start(client_.node(), "asker", [this] {
    (void)Named(client_.node(), "patient@server").Ask(counter::Inc());
  }).Unref();
  world_.RunFor(absl::Seconds(2));
  world_.Crash(client_, {.silent = true});
  world_.RunFor(absl::Seconds(2));
  EXPECT_TRUE(slept_.empty());
  world_.Restart(client_);
  On([&](Node& node) { EXPECT_FALSE(Named(node, "nobody@server").Ask(counter::Get()).ok()); });
  world_.RunFor(absl::Seconds(2));
  ASSERT_EQ(slept_.size(), 1u);
  EXPECT_EQ(slept_[0].waits[0], absl::StatusCode::kCancelled);
}

TEST_F(CancellationScenario, AnAskThatIsAnsweredIsLeftAlone) {
  On([&](Node& node) {
    EXPECT_TRUE(
        Named(node, "relay@middle").Ask(counter::Inc(), {.reply_timeout = absl::Hours(2)}).ok());
  });
  ASSERT_EQ(slept_.size(), 1u);
  EXPECT_EQ(slept_[0].waits, (std::vector{absl::StatusCode::kOk, absl::StatusCode::kOk}));
  EXPECT_EQ(CountersOf(client_).late_answers, 0u);
}

TEST_F(CancellationScenario, AsksThatGaveUpAreForgotten) {
  constexpr int kAsks = 20000;
  size_t most = 0;
  On([&](Node& node) {
    const CounterRef patient = Named(node, "patient@server");
    for (int i = 0; i < kAsks; ++i) {
      auto pending = patient.Request(counter::Inc{.amount = 0});
      most = std::max(most, AsksOfClient());
      if (i % 100 == 0) {
        EXPECT_TRUE(Sleep(absl::Seconds(1)).ok());
      }
    }
  });
  EXPECT_LE(most, 1u);
  world_.RunFor(absl::Minutes(1));
  EXPECT_EQ(CountersOf(client_).late_answers, static_cast<uint64_t>(kAsks));  // each has one
  EXPECT_EQ(CountersOf(server_).held_answers, 0u);
}

TEST_F(CancellationScenario, APeerBehindACutIsToldLater) {
  On([&](Node& node) {
    EXPECT_TRUE(Named(node, "patient@server").Ask(counter::Get()).ok());
    world_.Partition({client_}, {server_, middle_});
    const auto pending = Named(node, "patient@server").Request(counter::Inc());
    EXPECT_FALSE(pending.ready());
    EXPECT_TRUE(Sleep(absl::Seconds(1)).ok());
  });
  world_.Heal();
  world_.RunFor(absl::Seconds(20));
  EXPECT_EQ(AsksOfClient(), 0u);
  for (const Handled& handled : slept_) {
    EXPECT_EQ(handled.waits[0], absl::StatusCode::kCancelled);
  }
}

}  // namespace
}  // namespace rehearse
