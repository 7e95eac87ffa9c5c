// The replicated register as processes of their own on loopback: a client puts load on three
// servers while some of them are killed.

#include <gtest/gtest.h>
#include <signal.h>

#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "rehearse/sim/hermetic/testing/subprocess.h"
#include "rehearse/tests/integration/child_process.h"

namespace rehearse {
namespace {

// Far more than it takes on a busy host, far less than the test's own limit.
constexpr absl::Duration kPatience = absl::Seconds(30);

std::string Program() { return sim::Runfile("examples/replicated_register/replicated_register"); }

// What stands in the client's report right before `unit`: 12 for "… 12 failed …".
uint64_t NumberBefore(const std::string& report, const std::string& unit) {
  const size_t end = report.find(unit);
  if (end == std::string::npos) return UINT64_MAX;
  const size_t begin = report.find_last_not_of("0123456789", end - 1);
  uint64_t number = UINT64_MAX;
  const bool is_number = absl::SimpleAtoi(report.substr(begin + 1, end - begin - 1), &number);
  return is_number ? number : UINT64_MAX;
}

class ReplicatedRegisterCluster : public testing::Test {
 protected:
  void SetUp() override {
    for (int i = 1; i <= 3; ++i) servers_.push_back(StartServer(i, listen_));
    for (int i = 1; i <= 3; ++i) {
      ASSERT_TRUE(server(i).AwaitWords("\n", kPatience)) << "server " << i << " says nothing";
      const std::string begin = "listening at ";
      const size_t at = server(i).err().find(begin);
      ASSERT_NE(at, std::string::npos) << server(i).err();
      const std::string rest = server(i).err().substr(at + begin.size());
      addresses_.push_back(rest.substr(0, rest.find('\n')));
      peers_.push_back(absl::StrCat("--peer=server-", i, "=", addresses_.back()));
    }
  }

  static std::string StateOf(int number) {
    const auto* const test = testing::UnitTest::GetInstance()->current_test_info();
    return absl::StrCat(testing::TempDir(), "/", absl::StrReplaceAll(test->name(), {{"/", "-"}}),
                        "-", number);
  }

  std::unique_ptr<ChildProcess> StartServer(int number, const std::string& address) const {
    return std::make_unique<ChildProcess>(std::vector<std::string>{
        Program(), absl::StrCat("--name=server-", number), "--listen=" + address,
        "--state_dir=" + StateOf(number), "--security=" + security_, "--", "server",
        "--recovery=" + recovery_, "--data=" + StateOf(number)});
  }

  // Where it was.
  void Restart(int number) {
    const size_t index = static_cast<size_t>(number) - 1;
    servers_[index] = StartServer(number, addresses_[index]);
    ASSERT_TRUE(server(number).AwaitWords("listening at ", kPatience)) << server(number).err();
  }

  ChildProcess& server(int number) { return *servers_[static_cast<size_t>(number) - 1]; }

  std::unique_ptr<ChildProcess> StartClient(const std::string& time) {
    std::vector<std::string> arguments = {Program(), "--name=client-1", "--security=" + security_};
    arguments.insert(arguments.end(), peers_.begin(), peers_.end());
    arguments.insert(arguments.end(), {"--", "client", "--time=" + time});
    return std::make_unique<ChildProcess>(arguments);
  }

  void Kill(int number) {
    server(number).Signal(SIGKILL);
    EXPECT_EQ(server(number).Finish(kPatience), -SIGKILL);
  }

  void ExpectEndsCleanly(int number) {
    ASSERT_TRUE(server(number).Lives()) << server(number).err();
    server(number).Signal(SIGTERM);
    EXPECT_EQ(server(number).Finish(kPatience), 0) << server(number).err();
  }

  std::string recovery_ = "none";
  std::string security_ = "none";
  std::string listen_ = "/ip4/127.0.0.1/tcp/0";

 private:
  std::vector<std::unique_ptr<ChildProcess>> servers_;
  std::vector<std::string> addresses_;
  std::vector<std::string> peers_;
};

TEST_F(ReplicatedRegisterCluster, SurvivesTheDeathOfAMinorityUnderLoad) {
  const auto client = StartClient("3s");
  client->Listen(absl::Seconds(1));
  Kill(2);
  ASSERT_EQ(client->Finish(kPatience), 0) << client->err();
  // It went on when the server was dead: it tried to dial it again.
  EXPECT_TRUE(absl::StrContains(client->err(), "dial server-2")) << client->err();

  const std::string& report = client->out();
  const uint64_t operations = NumberBefore(report, " operations in ");
  EXPECT_GT(operations, 0u) << report;
  EXPECT_NE(operations, UINT64_MAX) << report;
  EXPECT_EQ(NumberBefore(report, " failed"), 0u) << report << client->err();
  EXPECT_NE(NumberBefore(report, "/s,"), UINT64_MAX) << report;
  for (const char* const figure : {"p50 ", "p90 ", "p99 ", "max "}) {
    EXPECT_TRUE(absl::StrContains(report, figure)) << report;
  }
  ExpectEndsCleanly(1);
  ExpectEndsCleanly(3);
}

TEST_F(ReplicatedRegisterCluster, WithoutAMajorityOperationsFailInTime) {
  Kill(1);
  Kill(3);
  const auto client = StartClient("1s");
  ASSERT_EQ(client->Finish(kPatience), 0) << client->err();
  const std::string& report = client->out();
  EXPECT_EQ(NumberBefore(report, " operations in "), 0u) << report;
  EXPECT_GT(NumberBefore(report, " failed"), 0u) << report;
  EXPECT_TRUE(absl::StrContains(report, "the last failure: UNAVAILABLE: ")) << report;
  EXPECT_TRUE(absl::StrContains(client->err(), "dial server-1")) << client->err();
  ExpectEndsCleanly(2);
}

// Each request is then refused at once: nothing to wait for, and still the time goes on.
TEST_F(ReplicatedRegisterCluster, WithoutAnyServerTheClientEndsInTime) {
  const auto client = StartClient("2s");
  client->Listen(absl::Milliseconds(500));
  for (const int number : {1, 2, 3}) Kill(number);
  ASSERT_EQ(client->Finish(kPatience), 0) << client->err();
  EXPECT_GT(NumberBefore(client->out(), " failed"), 0u) << client->out();
}

TEST_F(ReplicatedRegisterCluster, AClientWithoutServersCanBeStopped) {
  for (const int number : {1, 2, 3}) Kill(number);
  const auto client = StartClient("1h");
  ASSERT_TRUE(client->AwaitWords("dial server-3", kPatience)) << client->err();
  client->Signal(SIGTERM);
  EXPECT_EQ(client->Finish(kPatience), 0) << client->err();
}

TEST_F(ReplicatedRegisterCluster, ARestartedServerStaysSilentAndTheOthersServe) {
  Kill(2);
  Restart(2);
  EXPECT_TRUE(server(2).AwaitWords("start 2 of server-2: it has forgotten", kPatience))
      << server(2).err();
  const auto client = StartClient("500ms");
  ASSERT_EQ(client->Finish(kPatience), 0) << client->err();
  EXPECT_GT(NumberBefore(client->out(), " operations in "), 0u) << client->out();
  EXPECT_EQ(NumberBefore(client->out(), " failed"), 0u) << client->out();
}

// With a disk, those that were killed serve again, from what they have on it.
class DurableRegisterCluster : public ReplicatedRegisterCluster {
 protected:
  DurableRegisterCluster() { recovery_ = "disk"; }
};

TEST_F(DurableRegisterCluster, KilledServersServeAgain) {
  const auto before = StartClient("500ms");
  ASSERT_EQ(before->Finish(kPatience), 0) << before->err();
  EXPECT_EQ(NumberBefore(before->out(), " failed"), 0u) << before->out();
  for (const int number : {1, 2}) Kill(number);
  for (const int number : {1, 2}) Restart(number);
  Kill(3);  // a majority of the restarted alone
  const auto after = StartClient("500ms");
  ASSERT_EQ(after->Finish(kPatience), 0) << after->err();
  EXPECT_GT(NumberBefore(after->out(), " operations in "), 0u) << after->out();
  EXPECT_EQ(NumberBefore(after->out(), " failed"), 0u) << after->out();
  ExpectEndsCleanly(1);
  ExpectEndsCleanly(2);
}

TEST_F(DurableRegisterCluster, AServerWithADamagedLogIsSilentAndTheOthersServe) {
  const auto before = StartClient("500ms");
  ASSERT_EQ(before->Finish(kPatience), 0) << before->err();
  Kill(2);
  std::fstream log(StateOf(2) + "/register.log", std::ios::in | std::ios::out | std::ios::binary);
  ASSERT_TRUE(log.good());
  log.seekp(600).put('!');
  log.close();
  Restart(2);
  EXPECT_TRUE(server(2).AwaitWords("of the log has another checksum", kPatience))
      << server(2).err();
  const auto after = StartClient("500ms");
  ASSERT_EQ(after->Finish(kPatience), 0) << after->err();
  EXPECT_EQ(NumberBefore(after->out(), " failed"), 0u) << after->out();
  ExpectEndsCleanly(2);
}

// The same over libp2p: one flag. For TCP it names the security; QUIC's own is in the address.
class SecureRegisterCluster : public ReplicatedRegisterCluster,
                              public testing::WithParamInterface<const char*> {
 protected:
  SecureRegisterCluster() {
    const std::string transport = GetParam();
    if (transport == "quic") {
      listen_ = "/ip4/127.0.0.1/udp/0/quic-v1";
    } else {
      security_ = transport;
    }
  }
};

TEST_P(SecureRegisterCluster, ServesWithoutAMinorityAndKnowsARestartedServerByItsKey) {
  Kill(2);
  Restart(2);
  const auto client = StartClient("1s");
  ASSERT_EQ(client->Finish(kPatience), 0) << client->err();
  EXPECT_GT(NumberBefore(client->out(), " operations in "), 0u) << client->out();
  EXPECT_EQ(NumberBefore(client->out(), " failed"), 0u) << client->out() << client->err();
  EXPECT_FALSE(absl::StrContains(client->err(), "dial server-2")) << client->err();
  ExpectEndsCleanly(1);
  ExpectEndsCleanly(2);
}

INSTANTIATE_TEST_SUITE_P(All, SecureRegisterCluster,
                         testing::Values("libp2p", "tls", "noise", "quic"));

}  // namespace
}  // namespace rehearse
