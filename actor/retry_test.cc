// Handlers that try again for ever, without a wait of their own: they leave others their turn, and
// they can be ended.

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "rehearse/actor/actor.h"
#include "rehearse/actor/errors.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/testing/test_node.h"

namespace rehearse {
namespace {

struct Get {};
struct Go {};

class Oracle : public Actor {
 public:
  int64_t Handle(const Get&) { return 42; }
};

// Runs what it was given for as long as it says true.
class Stubborn : public Actor {
 public:
  explicit Stubborn(std::function<bool()> failed) : failed_(std::move(failed)) {}
  void Handle(const Go&) {
    while (failed_()) continue;
  }

 private:
  const std::function<bool()> failed_;
};

struct Case {
  const char* name;
  std::function<bool(const ActorRef<Oracle>&)> failed;
};

class RetryTest : public testing::TestWithParam<Case> {
 public:
  // Starts a retry loop on an actor that has ended, and calls `end` while it runs.
  void Play(const std::function<void(const ActorRef<Stubborn>&)>& end) {
    node_.Run([&] {
      const auto ended = node_->Spawn<Oracle>();
      ended.Stop();
      ASSERT_TRUE(ended.Join().ok());
      const auto stubborn =
          node_->Spawn<Stubborn>([ended, this] { return GetParam().failed(ended); });
      ASSERT_TRUE(stubborn.Tell(Go{}).ok());
      // Others run, and time goes on for them.
      const auto other = node_->Spawn<Oracle>();
      EXPECT_EQ(*other.Ask(Get{}), 42);
      EXPECT_TRUE(stubborn.alive());
      end(stubborn);
      EXPECT_FALSE(stubborn.alive());
    });
  }

  TestNode node_;
};

TEST_P(RetryTest, EndsWhenStopped) {
  Play([](const ActorRef<Stubborn>& stubborn) {
    stubborn.Stop();
    EXPECT_EQ(stubborn.Join()->ToString(), "killed");  // it has not obeyed
  });
}

TEST_P(RetryTest, EndsWhenKilled) {
  Play([](const ActorRef<Stubborn>& stubborn) {
    stubborn.Kill();
    EXPECT_EQ(stubborn.Join()->ToString(), "killed");
  });
}

INSTANTIATE_TEST_SUITE_P(
    All, RetryTest,
    testing::Values(
        Case{"Ask", [](const ActorRef<Oracle>& oracle) { return !oracle.Ask(Get{}).ok(); }},
        Case{"Request",
             [](const ActorRef<Oracle>& oracle) { return !oracle.Request(Get{}).Await().ok(); }},
        Case{"AwaitCount",
             [](const ActorRef<Oracle>& oracle) {
               std::vector<Pending<int64_t>> pendings;
               pendings.push_back(oracle.Request(Get{}));
               return !AwaitCount(pendings, 1, absl::Seconds(1), [](const auto& answer) {
                         return answer.ok();
                       }).ok();
             }},
        Case{"Tell", [](const ActorRef<Oracle>& oracle) { return !oracle.Tell(Get{}).ok(); }},
        Case{"AskOfNobody",
             [](const ActorRef<Oracle>&) { return !ActorRef<Oracle>().Ask(Get{}).ok(); }},
        Case{"TellToNobody",
             [](const ActorRef<Oracle>&) { return !ActorRef<Oracle>().Tell(Get{}).ok(); }}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace rehearse
