// A cluster of processes that find each other, and each other's names, by gossip.

#include <gtest/gtest.h>
#include <signal.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "rehearse/net/socket/testing/scratch_directory.h"
#include "rehearse/sim/hermetic/testing/subprocess.h"
#include "rehearse/tests/integration/child_process.h"

namespace rehearse {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(60);

// Of examples/cluster_counter.
class GossipNamesUsageTest : public testing::TestWithParam<const char*> {
 protected:
  std::unique_ptr<ChildProcess> Start(const std::string& name, const std::string& bootstrap,
                                      std::vector<std::string> args) {
    std::vector<std::string> command = {sim::Runfile("examples/cluster_counter/cluster_counter"),
                                        "--name=" + name, absl::StrCat("--listen=", GetParam()),
                                        "--names=gossip",
                                        absl::StrCat("--state_dir=", state_.path(), "/", name)};
    if (absl::StrContains(GetParam(), "/tcp/")) command.push_back("--security=libp2p");
    if (!bootstrap.empty()) command.push_back("--bootstrap=" + bootstrap);
    command.push_back("--");
    command.insert(command.end(), args.begin(), args.end());
    return std::make_unique<ChildProcess>(command);
  }
  std::string AddressOf(ChildProcess& process) {
    EXPECT_TRUE(process.AwaitWords("listening at ", kPatience)) << process.err();
    EXPECT_TRUE(process.AwaitWords("\n", kPatience));
    const std::vector<std::string> words = absl::StrSplit(process.err(), "listening at ");
    return words[1].substr(0, words[1].find('\n'));
  }

  const net::ScratchDirectory state_;
};

// The visitor is told neither where the counter is, nor which node has it.
TEST_P(GossipNamesUsageTest, ANameIsFoundAndItsNextLifeToo) {
  const auto first = Start("first", "", {"visit", "counter"});
  const std::string bootstrap = AddressOf(*first);
  auto server = Start("server", bootstrap, {"serve"});
  ASSERT_TRUE(first->AwaitOutput("met #1@server/1\nthe count is 1\n", kPatience))
      << first->out() << first->err() << server->err();
  const auto second = Start("second", bootstrap, {"visit", "counter"});
  ASSERT_TRUE(second->AwaitOutput("met #1@server/1\n", kPatience)) << second->err();

  server->Signal(SIGKILL);
  EXPECT_EQ(server->Finish(kPatience), -SIGKILL);
  ASSERT_TRUE(second->AwaitOutput("#1@server/1 is dead: ", kPatience)) << second->out();
  for (ChildProcess* const process : {first.get(), second.get()}) {
    process->Signal(SIGTERM);
    EXPECT_EQ(process->Finish(kPatience), 0) << process->err();
  }
}

INSTANTIATE_TEST_SUITE_P(All, GossipNamesUsageTest,
                         testing::Values("/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"),
                         [](const auto& info) { return info.index == 0 ? "Tcp" : "Quic"; });

}  // namespace
}  // namespace rehearse
