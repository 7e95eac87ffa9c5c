// One end of a stream gives up while the other goes on: what the other is told, and when.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/net/network.h"
#include "rehearse/sim/world/sim_node.h"
#include "rehearse/sim/world/world.h"
#include "rehearse/tests/scenario/counter_actor.h"
#include "tests/scenario/counter.h"

namespace rehearse {
namespace {

using sim::NodeHandle;
using sim::World;
using StreamPtr = std::shared_ptr<net::Stream>;

absl::Status Idle(Node&) { return absl::OkStatus(); }

// A stream between two nodes, held by nobody but the test.
class HalfOpenScenario : public testing::Test {
 protected:
  void SetUp() override {
    const auto network = [](NodeHandle node) -> net::Network& {
      return node.sim().current->network;
    };
    Task::Start(server_.node(), "accept", [this, network] {
      auto listener = network(server_).Listen("/sim/server/raw");
      at_server_ = *(*listener)->Accept();
    }).Unref();
    Task::Start(client_.node(), "dial", [this, network] {
      (void)Sleep(absl::Milliseconds(1));
      at_client_ = *network(client_).Dial("/sim/server/raw", Instant::Infinite());
    }).Unref();
    ASSERT_TRUE(world_.RunUntil([this] { return at_server_ != nullptr && at_client_ != nullptr; },
                                absl::Seconds(5)));
  }

  // What a fiber of `node` is told that writes a frame and waits for the end of `stream`.
  absl::Status WriteAndAwaitTheEnd(NodeHandle node, StreamPtr stream, absl::Duration limit) {
    auto end = std::make_shared<absl::Status>();
    Task::Start(node.node(), "write", [stream = std::move(stream), end] {
      if (absl::Status written = stream->Write("anybody?"); !written.ok()) {
        *end = written;
        return;
      }
      absl::StatusOr<std::string> frame = stream->Read();
      while (frame.ok()) frame = stream->Read();
      *end = frame.status();
    }).Unref();
    world_.RunUntil([end] { return !end->ok(); }, limit);
    return *end;
  }

  // The server's end gives up: its frame meets a cut for longer than a sender's patience.
  void ServerGivesUp() {
    world_.PartitionOneWay({server_}, {client_});
    const absl::Status told = WriteAndAwaitTheEnd(server_, at_server_, absl::Seconds(40));
    EXPECT_TRUE(absl::StrContains(told.message(), "timed out")) << told;
  }

  World world_{{.seed = 1}};
  NodeHandle server_ = world_.AddNode("server", Idle);
  NodeHandle client_ = world_.AddNode("client", Idle);
  StreamPtr at_server_;
  StreamPtr at_client_;
};

TEST_F(HalfOpenScenario, AStreamWhoseOtherEndGaveUpIsToldAtTheNextWrite) {
  ServerGivesUp();
  world_.Heal();
  const absl::Status told = WriteAndAwaitTheEnd(client_, at_client_, absl::Seconds(1));
  EXPECT_EQ(told.code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(absl::StrContains(told.message(), "reset by peer")) << told;
}

TEST_F(HalfOpenScenario, SoItIsWhenTheOtherEndWasDropped) {
  ServerGivesUp();
  at_server_ = nullptr;
  world_.Heal();
  const absl::Status told = WriteAndAwaitTheEnd(client_, at_client_, absl::Seconds(1));
  EXPECT_TRUE(absl::StrContains(told.message(), "reset by peer")) << told;
}

TEST_F(HalfOpenScenario, AnAnswerThatTheCutSwallowsComesAgainAfterIt) {
  ServerGivesUp();
  at_server_ = nullptr;
  EXPECT_TRUE(WriteAndAwaitTheEnd(client_, at_client_, absl::Seconds(3)).ok());
  world_.Heal();
  const absl::Status told = WriteAndAwaitTheEnd(client_, at_client_, absl::Seconds(5));
  EXPECT_TRUE(absl::StrContains(told.message(), "reset by peer")) << told;
}

TEST_F(HalfOpenScenario, BehindACutThatStaysAWriterTimesOut) {
  ServerGivesUp();
  at_server_ = nullptr;
  const absl::Status told = WriteAndAwaitTheEnd(client_, at_client_, absl::Seconds(30));
  EXPECT_TRUE(absl::StrContains(told.message(), "timed out")) << told;
}

TEST_F(HalfOpenScenario, AResetThatWasLostIsAnsweredAtTheNextWrite) {
  world_.Partition({server_}, {client_});
  world_.Crash(server_);
  world_.RunFor(absl::Seconds(1));
  world_.Heal();
  const absl::Status told = WriteAndAwaitTheEnd(client_, at_client_, absl::Seconds(1));
  EXPECT_TRUE(absl::StrContains(told.message(), "reset by peer")) << told;
}

TEST_F(HalfOpenScenario, AMachineThatIsGoneAnswersOnceItIsBack) {
  world_.Crash(server_, {.silent = true});
  EXPECT_TRUE(WriteAndAwaitTheEnd(client_, at_client_, absl::Seconds(3)).ok());
  world_.Restart(server_);
  const absl::Status told = WriteAndAwaitTheEnd(client_, at_client_, absl::Seconds(5));
  EXPECT_TRUE(absl::StrContains(told.message(), "reset by peer")) << told;
}

TEST_F(HalfOpenScenario, AMachineThatStaysAwayIsTimedOut) {
  world_.Crash(server_, {.silent = true});
  const absl::Status told = WriteAndAwaitTheEnd(client_, at_client_, absl::Seconds(30));
  EXPECT_TRUE(absl::StrContains(told.message(), "timed out")) << told;
}

TEST_F(HalfOpenScenario, AnEndThatTheCutSwallowsComesAgainAfterIt) {
  world_.Partition({server_}, {client_});
  Task::Start(server_.node(), "close", [this] { at_server_->Close(); }).Unref();
  world_.RunFor(absl::Seconds(3));
  world_.Heal();
  const absl::Status told = WriteAndAwaitTheEnd(client_, at_client_, absl::Seconds(5));
  EXPECT_TRUE(absl::StrContains(told.message(), "closed by peer")) << told;
}

// --- And so programs recover.

struct Answers {
  int good = 0;
};

TEST(HalfOpenProgramScenario, AsksSucceedAgainAfterACutThatOutlivedTheStreams) {
  for (const bool server_is_cut_off : {true, false}) {
    World world({.seed = 2});
    const NodeHandle server = world.AddNode("server", [](Node& node) {
      return node.Register<CounterProtocol>("counter", node.Spawn<Counter>());
    });
    const NodeHandle client = world.AddNode("client", [&world](Node& node) -> absl::Status {
      auto counter = node.Named<CounterProtocol>("counter@server");
      if (!counter.ok()) return counter.status();
      while (true) {
        const auto answer =
            counter->Ask(counter::Inc{.amount = 1}, {.reply_timeout = absl::Seconds(1)});
        world.Shared<Answers>().good += answer.ok();
        if (absl::Status status = Sleep(absl::Milliseconds(100)); !status.ok()) return status;
      }
    });
    world.RunFor(absl::Seconds(5));
    EXPECT_GT(world.Shared<Answers>().good, 30);
    if (server_is_cut_off) {
      world.PartitionOneWay({server}, {client});
    } else {
      world.PartitionOneWay({client}, {server});
    }
    world.RunFor(absl::Seconds(40));
    world.Heal();
    world.RunFor(absl::Seconds(10));
    const int before = world.Shared<Answers>().good;
    world.RunFor(absl::Seconds(10));
    EXPECT_GT(world.Shared<Answers>().good, before + 60);
  }
}

}  // namespace
}  // namespace rehearse
