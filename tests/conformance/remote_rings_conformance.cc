// Two nodes' actors that ask each other, each while it answers nobody.

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/remote/remote_router.h"
#include "rehearse/tests/conformance/remote_conformance.h"
#include "rehearse/tests/conformance/two_nodes.h"
#include "tests/scenario/counter.h"

namespace rehearse::net {
namespace {

// Asked for Inc, asks the other for Get, once the other does the same; asked for Get, answers.
class AskerActor : public Actor {
 public:
  AskerActor(std::string other, Event& mine, Event& others)
      : other_(std::move(other)), mine_(mine), others_(others) {}
  absl::StatusOr<int64_t> Handle(const counter::Inc&) {
    mine_.Set();
    others_.Await();
    return node().Named<SumProtocol>(other_)->Ask(counter::Get());
  }
  int64_t Handle(const counter::Get&) { return 7; }

 private:
  const std::string other_;
  Event& mine_;
  Event& others_;
};

}  // namespace

TEST_P(RemoteConformance, OfTwoWhoAskEachOtherOneIsLetGoAndTheOtherAnswered) {
  WhileServing([&] {
    const std::unique_ptr<Listener> listener = *world_->network(0).Listen(world_->free_address(0));
    peers_.Add("first", listener->address());
    Beside serving([&] { client_.Serve(*listener); });
    Event one;
    Event two;
    const auto here = first().Spawn<AskerActor>("asker@second", std::ref(one), std::ref(two));
    const auto there = second().Spawn<AskerActor>("asker@first", std::ref(two), std::ref(one));
    EXPECT_TRUE(first().Register<SumProtocol>("asker", here).ok());
    EXPECT_TRUE(second().Register<SumProtocol>("asker", there).ok());
    auto pending = here.Request(counter::Inc());
    const auto answered = there.Ask(counter::Inc());
    const absl::Status let_go = pending.Await().status();
    EXPECT_EQ(answered.value_or(0), 7) << answered.status();
    EXPECT_EQ(let_go.code(), absl::StatusCode::kFailedPrecondition) << let_go;
    EXPECT_TRUE(absl::StrContains(let_go.message(), "on second -> ")) << let_go;
    EXPECT_TRUE(Logged("each waits for the next"));
    EXPECT_TRUE(first().StopActors().ok());
    listener->Close();
    serving.Join();
  });
}

}  // namespace rehearse::net
