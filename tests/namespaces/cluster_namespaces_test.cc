// The judged cluster for real: five processes in five network namespaces, killed and started again,
// stopped and continued, cut off from each other and together again, over cables that lose, double
// and delay frames. What must hold is tests/cluster's judge, that of the simulated cluster.
//
//   REHEARSE_MINUTES=10  of faults, instead of some seconds
//   REHEARSE_SEED=7      another order of faults
//   REHEARSE_WITHOUT_NAMESPACES=1  skips all, where the kernel lets nobody make namespaces

#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/random.h"
#include "rehearse/sim/hermetic/testing/subprocess.h"
#include "rehearse/tests/namespaces/cluster_processes.h"

namespace rehearse::cluster {
namespace {

constexpr size_t kHosts = 5;
constexpr absl::Duration kFaultTime = absl::Seconds(15);
// A node that does not answer is taken for lost after ten seconds; and a busy host.
constexpr absl::Duration kPatience = absl::Seconds(60);
constexpr absl::Duration kAfterwards = absl::Seconds(1);  // nothing is told twice

uint64_t NumberOfEnvironment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  uint64_t number = 0;
  return text != nullptr && absl::SimpleAtoi(text, &number) ? number : otherwise;
}

absl::Duration FaultTime() {
  const uint64_t minutes = NumberOfEnvironment("REHEARSE_MINUTES", 0);
  return minutes == 0 ? kFaultTime : absl::Minutes(minutes);
}

const CableOptions kBadCables = {.delay_min = absl::Milliseconds(1),
                                 .delay_max = absl::Milliseconds(5),
                                 .loss = Ratio::Percent(2),
                                 .duplicate = Ratio::Percent(1)};

class ClusterNamespacesTest : public testing::TestWithParam<ClusterTransport> {
 protected:
  void SetUp() override {
    if (NumberOfEnvironment("REHEARSE_WITHOUT_NAMESPACES", 0) != 0) {
      GTEST_SKIP() << "REHEARSE_WITHOUT_NAMESPACES: the cluster was not tried for real";
    }
    const absl::Status moved = MoveIntoOwnNamespace();
    ASSERT_TRUE(moved.ok()) << moved;
    auto lan = Lan::Make(kHosts, seed_);
    ASSERT_TRUE(lan.ok()) << lan.status();
    lan_ = std::move(*lan);
    members_ = std::make_unique<ClusterProcesses>(
        *lan_, sim::Runfile("tests/namespaces/cluster_member"), GetParam());
    for (size_t host = 0; host < kHosts; ++host) StartMember(host);
  }

  void StartMember(size_t host) {
    const absl::Status status = members_->Start(host);
    ASSERT_TRUE(status.ok()) << status;
  }

  // One thing that goes wrong, for some time.
  void Fail() {
    const size_t host = chance_.Below(kHosts);
    const size_t other = (host + 1 + chance_.Below(kHosts - 1)) % kHosts;
    const auto length = absl::Milliseconds(chance_.Between(200, 3000));
    switch (chance_.Below(5)) {
      case 0:
      case 1:
        members_->Kill(host);
        members_->Listen(length);
        StartMember(host);
        ++kills_;
        break;
      case 2:
        lan_->cables().Cut(host, other);  // one way
        if (chance_.Below(2) == 0) lan_->cables().Cut(other, host);
        members_->Listen(length);
        break;
      case 3:
        lan_->cables().Isolate(host);
        members_->Listen(length);
        break;
      default:
        members_->Signal(host, SIGSTOP);
        members_->Listen(length);
        members_->Signal(host, SIGCONT);
    }
    lan_->cables().HealAll();
    members_->Listen(absl::Milliseconds(chance_.Between(0, 1000)));
  }

  // Until `holds` of all members. What the judge finds on the way fails the test.
  void AwaitAll(bool (ClusterJudge::*holds)(const std::string&, uint64_t) const) {
    const absl::Time deadline = absl::Now() + kPatience;
    for (size_t host = 0; host < kHosts;) {
      members_->Listen(absl::Milliseconds(50));
      const absl::Status status = members_->Judge();
      ASSERT_TRUE(status.ok()) << status;
      const std::string name = absl::StrCat("node-", host + 1);
      if ((members_->judge().*holds)(name, members_->incarnation(host))) {
        ++host;
        continue;
      }
      ASSERT_LT(absl::Now(), deadline) << name << " waits on\n" << members_->Logs();
    }
  }

  void SayWhatHappened() const {
    const ClusterJudge& judge = members_->judge();
    const SwitchCounters& frames = lan_->cables().counters();
    std::printf(
        "%s, REHEARSE_SEED=%lu: %ld packets, %ld asks answered and %ld not, told of %ld panics and "
        "%ld lost nodes; %d kills; frames: %ld delivered, %ld lost, %ld doubled, %ld cut, %ld too "
        "many\n",
        GetParam().name.c_str(), seed_, judge.packets(), judge.answered(), judge.failed(),
        judge.told(ExitReason::Kind::kPanicked), judge.told(ExitReason::Kind::kNodeLost), kills_,
        frames.delivered.load(), frames.lost.load(), frames.duplicated.load(), frames.cut.load(),
        frames.overflowed.load());
  }

  const uint64_t seed_ = NumberOfEnvironment("REHEARSE_SEED", 1);
  Random chance_ = Random(seed_).Split("faults");
  std::unique_ptr<Lan> lan_;
  std::unique_ptr<ClusterProcesses> members_;
  int kills_ = 0;
};

TEST_P(ClusterNamespacesTest, KeepsItsPromisesWhateverFails) {
  lan_->cables().SetCables(kBadCables);
  const absl::Time end_of_faults = absl::Now() + FaultTime();
  for (int faults = 0; absl::Now() < end_of_faults || kills_ == 0; ++faults) {
    ASSERT_NO_FATAL_FAILURE(Fail());
    const absl::Status status = members_->Judge();
    ASSERT_TRUE(status.ok()) << status;
  }
  members_->SignalAll(SIGUSR1);
  ASSERT_NO_FATAL_FAILURE(AwaitAll(&ClusterJudge::AllAsksResolved));
  members_->SignalAll(SIGUSR2);
  ASSERT_NO_FATAL_FAILURE(AwaitAll(&ClusterJudge::AllDeathsTold));
  members_->Listen(kAfterwards);
  for (size_t host = 0; host < kHosts; ++host) EXPECT_EQ(members_->End(host), 0) << host;
  EXPECT_EQ(members_->Judge().ToString(), "OK");
  EXPECT_EQ(members_->judge().JudgeWhole().ToString(), "OK");
  SayWhatHappened();
  EXPECT_GT(members_->judge().answered(), 0);
  EXPECT_GT(members_->judge().told(ExitReason::Kind::kPanicked), 0);
  EXPECT_GT(lan_->cables().counters().lost, 0);
}

INSTANTIATE_TEST_SUITE_P(All, ClusterNamespacesTest,
                         testing::Values(ClusterTransport{"tcp", "/tcp/8020", "none"},
                                         ClusterTransport{"libp2p", "/tcp/8020", "libp2p"},
                                         ClusterTransport{"quic", "/udp/8020/quic-v1", "none"}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace rehearse::cluster
