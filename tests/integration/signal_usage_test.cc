// What real signals do to a real node.

#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <vector>

#include "tests/integration/child_process.h"

namespace rehearse {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(20);

class SignalUsageTest : public testing::Test {
 public:
  // Of a node that listens for `signals`.
  static std::vector<std::string> Node(std::vector<std::string> signals) {
    std::vector<std::string> arguments = {"tests/integration/ear_node", "--"};
    arguments.insert(arguments.end(), signals.begin(), signals.end());
    return arguments;
  }
  static void Send(ChildProcess& node, int number, const std::string& said) {
    node.Signal(number);
    EXPECT_TRUE(node.AwaitWords(said, kPatience)) << node.err();
  }
};

TEST_F(SignalUsageTest, ActorsHearThoseTheySubscribedTo) {
  ChildProcess node(Node({"SIGHUP", "SIGUSR1"}));
  ASSERT_TRUE(node.AwaitWords("all ears", kPatience)) << node.err();
  Send(node, SIGHUP, "heard SIGHUP");
  EXPECT_TRUE(node.Lives());
  Send(node, SIGUSR1, "heard SIGUSR1");
  EXPECT_EQ(node.Finish(kPatience), 0) << node.err();
}

TEST_F(SignalUsageTest, OneThatIsTakenEndsNothingAndTheOtherStillDoes) {
  ChildProcess node(Node({"SIGTERM"}));
  ASSERT_TRUE(node.AwaitWords("all ears", kPatience)) << node.err();
  Send(node, SIGTERM, "heard SIGTERM");
  EXPECT_TRUE(node.Lives());
  node.Signal(SIGINT);
  EXPECT_EQ(node.Finish(kPatience), 0) << node.err();
}

TEST_F(SignalUsageTest, OneThatNobodyTakesDoesWhatItAlwaysDid) {
  ChildProcess terminated(Node({"SIGHUP"}));
  ASSERT_TRUE(terminated.AwaitWords("all ears", kPatience)) << terminated.err();
  terminated.Signal(SIGTERM);
  EXPECT_EQ(terminated.Finish(kPatience), 0) << terminated.err();
  for (const int number : {SIGHUP, SIGUSR1, SIGUSR2}) {
    ChildProcess killed(Node({}));
    ASSERT_TRUE(killed.AwaitWords("all ears", kPatience)) << killed.err();
    killed.Signal(number);
    EXPECT_EQ(killed.Finish(kPatience), -number) << killed.err();
  }
}

TEST_F(SignalUsageTest, OneThatTheNodeWasStartedWithIgnoredStaysIgnored) {
  std::vector<std::string> arguments = Node({});
  arguments.insert(arguments.begin(), "/usr/bin/nohup");
  ChildProcess node(arguments);
  ASSERT_TRUE(node.AwaitWords("all ears", kPatience)) << node.err();
  node.Signal(SIGHUP);  // taken before the next, which has a higher number
  node.Signal(SIGTERM);
  EXPECT_EQ(node.Finish(kPatience), 0) << node.err();
}

}  // namespace
}  // namespace rehearse
