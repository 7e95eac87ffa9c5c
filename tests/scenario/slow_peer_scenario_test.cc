// A node that is there and takes nothing: who sends to it waits as long as it said, and no longer.

#include <gtest/gtest.h>

#include <functional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/sim/world/world.h"
#include "rehearse/tests/scenario/counter_actor.h"
#include "tests/scenario/counter.h"

namespace rehearse {
namespace {

using sim::NodeHandle;
using sim::World;

using CounterRef = ActorRef<CounterProtocol>;

// One call, and how long it took.
struct Call {
  absl::Status status;
  absl::Duration took;
};

struct Calls {
  bool connected = false;
  std::vector<Call> all;
  bool done = false;
};

constexpr int kTellsMax = 100000;  // more than a window holds
constexpr absl::Duration kSlack = absl::Milliseconds(1);

// The server stands still; the client knew it before.
class SlowPeerScenario : public testing::Test {
 protected:
  using Story = std::function<void(const CounterRef& counter)>;

  // Runs `story` on the client once the server is paused.
  void WhileTheServerStandsStill(Story story) {
    server_ = world_.AddNode("server", [](Node& node) {
      return node.Register<CounterProtocol>("counter", node.Spawn<Counter>());
    });
    world_.AddNode("client", [this, story = std::move(story)](Node& node) -> absl::Status {
      node_ = &node;
      auto counter = node.Named<CounterProtocol>("counter@server");
      if (!counter.ok()) return counter.status();
      if (const auto answer = counter->Ask(counter::Get()); !answer.ok()) return answer.status();
      calls().connected = true;
      if (absl::Status status = Sleep(absl::Seconds(1)); !status.ok()) return status;
      story(*counter);
      calls().done = true;
      return absl::OkStatus();
    });
    ASSERT_TRUE(world_.RunUntil([this] { return calls().connected; }, absl::Seconds(10)));
    world_.Pause(server_);
    ASSERT_TRUE(world_.RunUntil([this] { return calls().done; }, absl::Minutes(10)));
  }

  // On the client.
  Call Timed(const std::function<absl::Status()>& act) {
    const Instant start = node_->DeadlineIn(absl::ZeroDuration());
    absl::Status status = act();
    calls().all.push_back({status, node_->DeadlineIn(absl::ZeroDuration()) - start});
    return calls().all.back();
  }
  void ExpectTimedOut(const Call& call, absl::Duration limit, Effect effect) {
    EXPECT_EQ(call.status.code(), absl::StatusCode::kDeadlineExceeded) << call.status;
    EXPECT_EQ(EffectOf(call.status), effect) << call.status;
    EXPECT_GE(call.took, limit);
    EXPECT_LE(call.took, limit + kSlack);
  }
  // Returns what the one was told for whom there was no more room.
  Call FillTheWindow(const CounterRef& counter) {
    Call call;
    for (int i = 0; i < kTellsMax && call.status.ok(); ++i) {
      call = Timed([&] { return counter.TryTell(counter::Inc{.amount = 1}).status(); });
    }
    return call;
  }
  Calls& calls() { return world_.Shared<Calls>(); }

  World world_{{.seed = 1}};
  NodeHandle server_;
  Node* node_ = nullptr;
};

TEST_F(SlowPeerScenario, AsksEndAtTheirReplyTimeoutWhetherTheWindowIsFullOrNot) {
  WhileTheServerStandsStill([this](const CounterRef& counter) {
    const AskOptions options{.reply_timeout = absl::Seconds(1)};
    const auto ask = [&] { return counter.Ask(counter::Get(), options).status(); };
    const auto request = [&] { return counter.Request(counter::Get(), options).Await().status(); };
    for (int i = 0; i < 3; ++i) {
      ExpectTimedOut(Timed(ask), absl::Seconds(1), Effect::kMaybe);
      ExpectTimedOut(Timed(request), absl::Seconds(1), Effect::kMaybe);
    }
    FillTheWindow(counter);
    for (int i = 0; i < 3; ++i) {
      ExpectTimedOut(Timed(ask), absl::Seconds(1), Effect::kNone);
      ExpectTimedOut(Timed(request), absl::Seconds(1), Effect::kNone);
    }
  });
}

TEST_F(SlowPeerScenario, AnAskWaitsForRoomNoLongerThanItsMailboxTimeout) {
  WhileTheServerStandsStill([this](const CounterRef& counter) {
    FillTheWindow(counter);
    const AskOptions options{.mailbox_timeout = absl::Milliseconds(100),
                             .reply_timeout = absl::Seconds(1)};
    ExpectTimedOut(Timed([&] { return counter.Ask(counter::Get(), options).status(); }),
                   absl::Milliseconds(100), Effect::kNone);
  });
}

TEST_F(SlowPeerScenario, ATryTellNeverWaitsAndTheServerGetsWhatWasTaken) {
  int64_t taken = 0;
  int64_t count = 0;
  WhileTheServerStandsStill([&](const CounterRef& counter) {
    const Call last = FillTheWindow(counter);
    EXPECT_EQ(last.status.code(), absl::StatusCode::kResourceExhausted) << last.status;
    EXPECT_EQ(EffectOf(last.status), Effect::kNone);
    for (const Call& call : calls().all) EXPECT_EQ(call.took, absl::ZeroDuration());
    taken = static_cast<int64_t>(calls().all.size()) - 1;
  });
  EXPECT_GT(taken, 100);
  world_.Resume(server_);
  Task::Start(*node_, "count", [&] {
    (void)Sleep(absl::Seconds(1));
    count = *(*node_->Named<CounterProtocol>("counter@server")).Ask(counter::Get());
  }).Unref();
  world_.RunFor(absl::Seconds(5));
  EXPECT_GT(count, 0);
  EXPECT_LE(count, taken);  // a full mailbox takes no more
}

TEST(SlowPeerConnectScenario, ATryTellBeforeThereIsAConnectionIsRefusedAtOnceAndHasOneDialled) {
  World world({.seed = 2});
  world.AddNode("server", [](Node& node) {
    return node.Register<CounterProtocol>("counter", node.Spawn<Counter>());
  });
  world.AddNode("client", [&world](Node& node) -> absl::Status {
    if (absl::Status status = Sleep(absl::Seconds(1)); !status.ok()) return status;
    const auto counter = *node.Named<CounterProtocol>("counter@server");
    const Instant start = node.DeadlineIn(absl::ZeroDuration());
    for (int i = 0; i < 3; ++i) {
      const absl::Status told = counter.TryTell(counter::Inc{.amount = 1}).status();
      EXPECT_EQ(told.code(), absl::StatusCode::kUnavailable) << told;
      EXPECT_EQ(EffectOf(told), Effect::kNone);
    }
    EXPECT_EQ(node.DeadlineIn(absl::ZeroDuration()), start);
    if (absl::Status status = Sleep(absl::Seconds(1)); !status.ok()) return status;
    EXPECT_TRUE(counter.TryTell(counter::Inc{.amount = 1}).ok());
    const auto count = counter.Ask(counter::Get());
    EXPECT_TRUE(count.ok() && *count == 1) << count.status();
    world.Shared<Calls>().done = true;
    return absl::OkStatus();
  });
  EXPECT_TRUE(world.RunUntil([&] { return world.Shared<Calls>().done; }, absl::Seconds(30)));
}

}  // namespace
}  // namespace rehearse
