// The counter and its visitor as processes of their own, over TCP and over QUIC: the visitor finds
// the counter, is told when it is killed, and goes on with its next life.

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

constexpr absl::Duration kPatience = absl::Seconds(40);

std::string Program() { return sim::Runfile("examples/cluster_counter/cluster_counter"); }

// Whom the visitor met, and who died, in order; without the reasons.
std::vector<std::string> LivesIn(const std::string& text) {
  std::vector<std::string> lives;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const size_t dead = line.find(" is dead: node lost: ");
    if (absl::StartsWith(line, "met ")) lives.emplace_back(line);
    if (dead != absl::string_view::npos)
      lives.push_back(absl::StrCat("lost ", line.substr(0, dead)));
  }
  return lives;
}

class ClusterCounterUsageTest : public testing::TestWithParam<const char*> {
 protected:
  void StartServer(const std::string& listen,
                   const std::vector<std::string>& flags = {"--name=server"}) {
    std::vector<std::string> command = {Program(), "--listen=" + listen,
                                        "--state_dir=" + state_.path()};
    command.insert(command.end(), flags.begin(), flags.end());
    command.insert(command.end(), {"--", "serve"});
    server_ = std::make_unique<ChildProcess>(command);
    ASSERT_TRUE(server_->AwaitWords("listening at ", kPatience)) << server_->err();
    ASSERT_TRUE(server_->AwaitWords("\n", kPatience));
    const std::vector<std::string> words = absl::StrSplit(server_->err(), "listening at ");
    address_ = words[1].substr(0, words[1].find('\n'));
  }
  void KillServer() {
    server_->Signal(SIGKILL);
    EXPECT_EQ(server_->Finish(kPatience), -SIGKILL);
  }

  const net::ScratchDirectory state_;
  std::unique_ptr<ChildProcess> server_;
  std::string address_;
};

TEST_P(ClusterCounterUsageTest, AVisitorIsToldOfEachDeathAndFindsTheNextLife) {
  StartServer(GetParam());
  ChildProcess visitor({Program(), "--name=visitor", "--peer=server=" + address_, "--", "visit"});
  ASSERT_TRUE(visitor.AwaitOutput("the count is 2\n", kPatience)) << visitor.err();

  KillServer();
  StartServer(address_);
  ASSERT_TRUE(visitor.AwaitOutput("met #1@server/2\nthe count is 1\n", kPatience))
      << visitor.out() << visitor.err();

  KillServer();
  ASSERT_TRUE(visitor.AwaitOutput("#1@server/2 is dead: ", kPatience)) << visitor.out();
  visitor.Signal(SIGTERM);
  EXPECT_EQ(visitor.Finish(kPatience), 0) << visitor.err();

  EXPECT_EQ(LivesIn(visitor.out()),
            (std::vector<std::string>{"met #1@server/1", "lost #1@server/1", "met #1@server/2",
                                      "lost #1@server/2"}))
      << visitor.out();
}

INSTANTIATE_TEST_SUITE_P(All, ClusterCounterUsageTest,
                         testing::Values("/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"),
                         [](const auto& info) { return info.index == 0 ? "Tcp" : "Quic"; });

// Neither node is told the other's name, and the visitor not even which node has the counter.
class ClusterCounterNamesTest : public ClusterCounterUsageTest {};

TEST_P(ClusterCounterNamesTest, AVisitorFindsTheCounterByItsNameAlone) {
  const std::vector<std::string> flags = {"--names=kademlia", "--security=libp2p"};
  StartServer(GetParam(), flags);
  const std::string id = address_.substr(address_.rfind("/p2p/") + 5);
  ChildProcess visitor({Program(), flags[0], flags[1], "--bootstrap=" + address_, "--", "visit",
                        "counter"});
  ASSERT_TRUE(visitor.AwaitOutput("the count is 2\n", kPatience)) << visitor.out() << visitor.err();

  KillServer();
  StartServer(address_.substr(0, address_.rfind("/p2p/")), flags);
  ASSERT_TRUE(visitor.AwaitOutput("met #2@" + id + "/2\nthe count is 1\n", kPatience))
      << visitor.out() << visitor.err();
  visitor.Signal(SIGTERM);
  EXPECT_EQ(visitor.Finish(kPatience), 0) << visitor.err();
}

INSTANTIATE_TEST_SUITE_P(All, ClusterCounterNamesTest,
                         testing::Values("/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"),
                         [](const auto& info) { return info.index == 0 ? "Tcp" : "Quic"; });

TEST(ClusterCounterHelpTest, ArgumentsThatCannotBeAreRefused) {
  for (const std::vector<std::string>& args :
       {std::vector<std::string>{}, {"--", "count"}, {"--", "visit", "counter", "twice"}}) {
    std::vector<std::string> command = {Program()};
    command.insert(command.end(), args.begin(), args.end());
    const auto refused = sim::RunSubprocess(command, {});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_TRUE(absl::StrContains(refused.err, "say \"-- serve\" or \"-- visit [NAME]\""));
  }
  const auto help = sim::RunSubprocess({Program(), "--help"}, {});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_TRUE(absl::StrContains(help.out, "visit [NAME]"));
}

}  // namespace
}  // namespace rehearse
