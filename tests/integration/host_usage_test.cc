// A real node's files and child processes.

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>

#include "tests/integration/child_process.h"

namespace rehearse {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(20);

TEST(HostUsageTest, WritesAFileHasAChildReadItAndLeavesNoneBehind) {
  ChildProcess node({"tests/integration/host_node", "--", testing::TempDir()});
  ASSERT_TRUE(node.AwaitWords("cat says a note, exit code 0", kPatience)) << node.err();
  ASSERT_TRUE(node.AwaitWords(".\n", kPatience)) << node.err();
  const std::string& said = node.err();
  const size_t at = said.find("sleeper ");
  ASSERT_NE(at, std::string::npos) << said;
  const pid_t sleeper = std::atoi(said.c_str() + at + 8);
  ASSERT_GT(sleeper, 1);
  EXPECT_EQ(kill(sleeper, 0), 0);
  node.Signal(SIGTERM);
  EXPECT_EQ(node.Finish(kPatience), 0) << node.err();
  // It was killed; that the host forgets it too takes a moment.
  for (int i = 0; i < 20000 && kill(sleeper, 0) == 0; ++i) usleep(1000);
  EXPECT_NE(kill(sleeper, 0), 0) << "the child outlived its node";
}

TEST(HostUsageTest, AnActorThatBlocksItsThreadForGoodIsNamedAndKeepsNoNodeFromEnding) {
  ChildProcess node({"tests/integration/host_node", "--", "block"});
  ASSERT_TRUE(node.AwaitWords("blocked for good", kPatience)) << node.err();
  node.Signal(SIGTERM);
  EXPECT_EQ(node.Finish(kPatience), 0) << node.err();
  EXPECT_NE(node.err().find("Blocked#"), std::string::npos) << node.err();
  EXPECT_NE(node.err().find("the process ends without it"), std::string::npos) << node.err();
}

}  // namespace
}  // namespace rehearse
