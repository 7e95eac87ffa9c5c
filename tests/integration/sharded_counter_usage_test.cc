// Sharded actors as their users have them: processes that share out counters, and come and go.

#include <gtest/gtest.h>
#include <signal.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "rehearse/sim/hermetic/testing/subprocess.h"
#include "rehearse/tests/integration/child_process.h"

namespace rehearse {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(60);  // for a busy host
constexpr int kKeys = 8;

std::unique_ptr<ChildProcess> Start(const std::string& name, const std::string& bootstrap) {
  std::vector<std::string> command = {sim::Runfile("examples/sharded_counter/sharded_counter"),
                                      "--name=" + name, "--names=gossip",
                                      "--listen=/ip4/127.0.0.1/udp/0/quic-v1"};
  if (!bootstrap.empty()) command.push_back("--bootstrap=" + bootstrap);
  command.push_back("--");
  for (int key = 0; key < kKeys; ++key) command.push_back(absl::StrCat("key-", key));
  return std::make_unique<ChildProcess>(command);
}

std::string AddressOf(ChildProcess& process) {
  EXPECT_TRUE(process.AwaitWords("listening at ", kPatience)) << process.err();
  EXPECT_TRUE(process.AwaitWords("\n", kPatience));
  const std::vector<std::string> words = absl::StrSplit(process.err(), "listening at ");
  return words[1].substr(0, words[1].find('\n'));
}

TEST(ShardedCounterUsageTest, CountersMoveToWhoComesAndFromWhoEnds) {
  const auto ada = Start("ada", "");
  const std::string bootstrap = AddressOf(*ada);
  ASSERT_TRUE(ada->AwaitOutput(", on node ada\n", kPatience)) << ada->out() << ada->err();
  const auto ben = Start("ben", bootstrap);
  ASSERT_TRUE(ada->AwaitOutput(", on node ben\n", kPatience)) << ada->out() << ada->err();
  ASSERT_TRUE(ben->AwaitOutput(", on node ada\n", kPatience)) << ben->out() << ben->err();
  ben->Signal(SIGTERM);
  EXPECT_EQ(ben->Finish(kPatience), 0) << ben->err();
  ada->Listen(absl::Seconds(3));  // what it has said until here, and somewhat more
  const size_t until_here = ada->out().size();
  ada->Listen(absl::Seconds(3));
  const std::string later = ada->out().substr(until_here);
  EXPECT_NE(later.find(", on node ada\n"), std::string::npos) << later;
  EXPECT_EQ(later.rfind(", on node ben\n"), std::string::npos) << later;
  ada->Signal(SIGTERM);
  EXPECT_EQ(ada->Finish(kPatience), 0) << ada->err();
}

}  // namespace
}  // namespace rehearse
