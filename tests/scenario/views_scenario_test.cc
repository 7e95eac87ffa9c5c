// Handlers that take a message as a view, from another node and from their own.

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/codec/view.h"
#include "rehearse/sim/world/world.h"
#include "rehearse/tests/scenario/on_node.h"
#include "tests/scenario/introductions.h"

namespace rehearse {
namespace {

using introductions::Forged;
using introductions::News;
using net::View;
using sim::NodeHandle;

// As whoever has the actor knows it, and as others do: the same on the wire.
using ViewProtocol = Protocol<int64_t(View<Forged>), int64_t(News)>;
using PlainProtocol = Protocol<int64_t(Forged), int64_t(News)>;

// Answers with how long all is, after a while.
class Measurer : public Actor {
 public:
  int64_t Handle(const View<Forged>& text) {
    const absl::string_view who = text->who();
    (void)Sleep(absl::Milliseconds(10));  // others come and go meanwhile
    size_t size = who.size();
    for (size_t i = 0; i < text->others().size(); ++i) size += text->others()[i].size();
    same_ += who == std::string(who.size(), 'x') ? 1 : 0;
    return static_cast<int64_t>(size);
  }
  int64_t Handle(const News&) { return same_; }

 private:
  int64_t same_ = 0;
};

class ViewsScenario : public testing::Test {
 protected:
  void SetUp() override {
    server_ = world_.AddNode("server", [](Node& node) {
      return node.Register<ViewProtocol>("measurer",
                                         node.SpawnWith<Measurer>({.mailbox_capacity = 2}));
    });
    client_ = world_.AddNode("client", [](Node&) { return absl::OkStatus(); });
    world_.RunFor(absl::Seconds(1));
  }
  void On(NodeHandle node, const std::function<void(Node&)>& act) { OnNode(world_, node, act); }

  sim::World world_{{.seed = 1}};
  NodeHandle server_;
  NodeHandle client_;
};

TEST_F(ViewsScenario, APlainMessageFromElsewhereIsReadWhereItLies) {
  On(client_, [](Node& node) {
    const auto measurer = *node.Named<PlainProtocol>("measurer@server");
    std::vector<Pending<int64_t>> pendings;  // more than the mailbox takes
    for (int64_t i = 0; i < 20; ++i) {
      pendings.push_back(measurer.Request(
          Forged{.who = std::string(static_cast<size_t>(i * 40000), 'x'), .others = {"a", "bc"}}));
    }
    int64_t expected = 3;
    for (const auto& answer : AwaitAll(pendings)) {
      EXPECT_EQ(answer.value_or(-1), expected);
      expected += 40000;
    }
    EXPECT_EQ(measurer.Ask(News()).value_or(0), 20);
  });
}

TEST_F(ViewsScenario, AViewIsSentAsItIs) {
  const auto view = View<Forged>::Of({.who = "xx"});
  On(client_, [&](Node& node) {
    const auto measurer = *node.Named<ViewProtocol>("measurer@server");
    EXPECT_EQ(measurer.Ask(view).value_or(0), 2);
    EXPECT_TRUE(measurer.TellAcknowledged(view, absl::Seconds(1)).ok());
    EXPECT_EQ(measurer.Ask(News()).value_or(0), 2);
  });
  On(server_, [&](Node& node) {
    EXPECT_EQ(node.Named<ViewProtocol>("measurer")->Ask(view).value_or(0), 2);
  });
}

}  // namespace
}  // namespace rehearse
