// What the replicated register's two binaries say when they are called wrongly.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rehearse/sim/hermetic/testing/subprocess.h"

namespace rehearse {
namespace {

using sim::SubprocessResult;
using Words = std::vector<std::string>;

SubprocessResult Run(const std::string& binary, Words arguments) {
  arguments.insert(arguments.begin(), sim::Runfile("examples/replicated_register/" + binary));
  return sim::RunSubprocess(arguments, {.environment = {"PATH=/usr/bin:/bin"}});
}

SubprocessResult Node(const Words& arguments) { return Run("replicated_register", arguments); }
SubprocessResult Rehearsal(const Words& arguments) {
  return Run("replicated_register_sim_test", arguments);
}

// A port of the host's that somebody has.
class TakenPort {
 public:
  TakenPort() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(listen(fd_, 1), 0);
    EXPECT_EQ(getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ~TakenPort() { close(fd_); }
  int port() const { return port_; }

 private:
  const int fd_;
  int port_ = 0;
};

class WrongCallTest : public testing::TestWithParam<Words> {};

TEST_P(WrongCallTest, OfTheNodeSaysWhatAndHow) {
  const SubprocessResult refused = Node(GetParam());
  EXPECT_EQ(refused.exit_code, 2) << refused.err;
  EXPECT_EQ(refused.out, "");
  EXPECT_TRUE(absl::StrContains(refused.err, "usage: ")) << refused.err;
  const std::string wrong = GetParam().back();
  EXPECT_TRUE(absl::StrContains(refused.err, wrong.substr(0, wrong.find('=')))) << refused.err;
}

INSTANTIATE_TEST_SUITE_P(
    All, WrongCallTest,
    testing::Values(Words{"--nmae=x"}, Words{"--workers=0"}, Words{"--peer=nowhere"},
                    Words{"--listen=/ip4/127.0.0.1/tcp/99999"}, Words{"--peer=b=junk"},
                    Words{"server"}, Words{"--", "nothing"}, Words{"--", "client", "--time=long"},
                    Words{"--", "client", "--servers=0"}, Words{"--", "server", "--sedes=3"},
                    Words{"--", "server", "--bug=unknown"}),
    [](const auto& info) { return absl::StrCat("Number", info.index); });

TEST(NodeUsageTest, ANodeWithoutARoleIsToldItsChoice) {
  const SubprocessResult refused = Node({});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_TRUE(absl::StrContains(refused.err, "\"-- server\" or \"-- client\"")) << refused.err;
}

TEST(NodeUsageTest, HelpTellsAllAndIsNoError) {
  const SubprocessResult help = Node({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_EQ(help.err, "");
  for (const char* const flag :
       {"--name=", "--listen=", "--peer=", "--state_dir=", "--workers=", "--servers=", "--keys=",
        "--operations=", "--time=", "--think=", "--bug=", "no-write-back", "forget-on-restart"}) {
    EXPECT_TRUE(absl::StrContains(help.out, flag)) << flag;
  }
}

TEST(NodeUsageTest, APortInUseIsNamed) {
  const TakenPort taken;
  const SubprocessResult refused = Node(
      {"--name=a", absl::StrCat("--listen=/ip4/127.0.0.1/tcp/", taken.port()), "--", "server"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_TRUE(absl::StrContains(
      refused.err, absl::StrCat("listen on 127.0.0.1:", taken.port(), ": Address already in use")))
      << refused.err;
}

TEST(NodeUsageTest, AStateDirectoryThatCannotBeWrittenIsNamed) {
  const std::string file = testing::TempDir() + "/a_file";
  std::ofstream(file) << "no directory";
  for (const std::string& directory : {file, file + "/below", std::string("/proc/nowhere")}) {
    const SubprocessResult refused = Node({"--state_dir=" + directory, "--", "server"});
    EXPECT_EQ(refused.exit_code, 1) << directory;
    EXPECT_TRUE(absl::StrContains(refused.err, directory)) << refused.err;
  }
}

TEST(RehearsalUsageTest, UnknownFlagsAndValuesAreUsageErrors) {
  for (const char* const wrong :
       {"--sedes=3", "--seeds=none", "--jobs=0", "--bug", "--bug=unknown", "stray"}) {
    const SubprocessResult refused = Rehearsal({wrong});
    EXPECT_EQ(refused.exit_code, 2) << wrong;
    EXPECT_EQ(refused.out, "");
    EXPECT_TRUE(absl::StrContains(refused.err, wrong)) << refused.err;
    EXPECT_TRUE(absl::StrContains(refused.err, "usage: ")) << refused.err;
  }
}

TEST(RehearsalUsageTest, ATraceThatCannotBeWrittenIsNamed) {
  const SubprocessResult refused = Rehearsal({"--trace=/nonexistent/x"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_TRUE(
      absl::StrContains(refused.err, "write trace /nonexistent/x: No such file or directory"))
      << refused.err;
}

}  // namespace
}  // namespace rehearse
