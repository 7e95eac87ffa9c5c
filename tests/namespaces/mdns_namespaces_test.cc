// A counter and its visitor that nobody told of each other, on hosts of one network: what carries
// multicast is the kernel, an interface and a switch.

#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/net/socket/testing/scratch_directory.h"
#include "rehearse/sim/hermetic/testing/subprocess.h"
#include "rehearse/tests/integration/child_process.h"
#include "rehearse/tests/namespaces/lan.h"

namespace rehearse {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(60);
constexpr char kFound[] = "the count is 1\n";

struct Way {
  std::string title;
  std::string names;    // --names
  std::string address;  // what follows a host's IP

  friend std::ostream& operator<<(std::ostream& out, const Way& way) { return out << way.title; }
};

class MdnsNamespacesTest : public testing::TestWithParam<Way> {
 protected:
  void SetUp() override {
    if (std::getenv("REHEARSE_WITHOUT_NAMESPACES") != nullptr) GTEST_SKIP();
    const absl::Status moved = MoveIntoOwnNamespace();
    ASSERT_TRUE(moved.ok()) << moved;
    auto lan = Lan::Make(2, 1);
    ASSERT_TRUE(lan.ok()) << lan.status();
    lan_ = std::move(*lan);
  }

  // "server" on host 0, "visitor" on host 1, unless said.
  std::unique_ptr<ChildProcess> Start(size_t host, const std::string& name, const std::string& ip,
                                      const std::string& mdns) {
    const Way& way = GetParam();
    std::vector<std::string> command = {sim::Runfile("examples/cluster_counter/cluster_counter"),
                                        "--names=" + way.names,
                                        "--security=libp2p",
                                        absl::StrCat("--listen=/ip4/", ip, way.address),
                                        absl::StrCat("--state_dir=", state_.path(), "/", name),
                                        "--mdns=" + mdns};
    if (way.names == "gossip") command.push_back("--name=" + name);
    command.push_back("--");
    if (name == "server") {
      command.push_back("serve");
    } else {
      command.insert(command.end(), {"visit", "counter"});
    }
    return lan_->Start(host, command);
  }
  std::unique_ptr<ChildProcess> StartServer() { return Start(0, "server", lan_->ip(0), "lan"); }
  std::unique_ptr<ChildProcess> StartVisitor() { return Start(1, "visitor", lan_->ip(1), "lan"); }

  // What both have logged, for who looks into a failure.
  static std::string Logs(ChildProcess& visitor, ChildProcess& server) {
    for (ChildProcess* const process : {&visitor, &server}) process->Listen(absl::ZeroDuration());
    return absl::StrCat(visitor.out(), visitor.err(), server.err());
  }

  static void ExpectEnds(ChildProcess& process) {
    process.Signal(SIGTERM);
    EXPECT_EQ(process.Finish(kPatience), 0) << process.err();
  }

  const net::ScratchDirectory state_;
  std::unique_ptr<Lan> lan_;
};

TEST_P(MdnsNamespacesTest, WhoIsOnAnotherHostIsFoundWithNoAddressGiven) {
  const auto visitor = StartVisitor();
  const auto server = StartServer();
  EXPECT_TRUE(visitor->AwaitOutput(kFound, kPatience)) << Logs(*visitor, *server);
  ExpectEnds(*visitor);
  ExpectEnds(*server);
}

TEST_P(MdnsNamespacesTest, WhoCannotBeHeardIsNotFoundUntilHeCan) {
  lan_->cables().Isolate(0);
  const auto server = StartServer();
  const auto visitor = StartVisitor();
  EXPECT_FALSE(visitor->AwaitOutput(kFound, absl::Seconds(3)));
  lan_->cables().HealAll();
  EXPECT_TRUE(visitor->AwaitOutput(kFound, kPatience)) << Logs(*visitor, *server);
}

TEST_P(MdnsNamespacesTest, ProcessesOfOneHostFindEachOtherOnLoopback) {
  const auto server = Start(0, "server", "127.0.0.1", "loopback");
  const auto visitor = Start(0, "visitor", "127.0.0.2", "loopback");
  EXPECT_TRUE(visitor->AwaitOutput(kFound, kPatience)) << Logs(*visitor, *server);
  ExpectEnds(*visitor);
}

INSTANTIATE_TEST_SUITE_P(All, MdnsNamespacesTest,
                         testing::Values(Way{"KademliaTcp", "kademlia", "/tcp/8020"},
                                         Way{"GossipQuic", "gossip", "/udp/8020/quic-v1"}),
                         [](const auto& info) { return info.param.title; });

}  // namespace
}  // namespace rehearse
