// Each family of faults finds something that no other finds: a program with a bug that takes it is
// found with the family, and is not from the same seeds without it. What else would find the same
// bug is off in both; without the bug all families together find nothing.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "rehearse/sim/hermetic/testing/subprocess.h"

namespace rehearse {
namespace {

constexpr int kSeedsMax = 3000;
// Without the family no fewer are played.
constexpr int kSeedsMin = 60;
constexpr int kSeedsCorrect = 200;

sim::SubprocessResult Play(const std::string& program, int seeds,
                           const std::vector<std::string>& flags) {
  std::vector<std::string> all = {sim::Runfile("tests/planted/planted"),
                                  "--gtest_filter=Planted." + program,
                                  absl::StrCat("--seeds=", seeds), "--check_every=0"};
  all.insert(all.end(), flags.begin(), flags.end());
  return sim::RunSubprocess(all, {.environment = {"PATH=/usr/bin:/bin"}});
}

// Of "TOTAL: N …".
int SeedsPlayed(const std::string& out) {
  int seeds = 0;
  for (absl::string_view line : absl::StrSplit(out, '\n')) {
    if (absl::ConsumePrefix(&line, "TOTAL: ")) {
      EXPECT_TRUE(absl::SimpleAtoi(line.substr(0, line.find(' ')), &seeds)) << line;
    }
  }
  return seeds;
}

class CorrectTest : public testing::TestWithParam<const char*> {};

TEST_P(CorrectTest, AllFamiliesFindNothing) {
  const sim::SubprocessResult played = Play(GetParam(), kSeedsCorrect, {});
  EXPECT_EQ(played.exit_code, 0) << played.out << played.err;
}

INSTANTIATE_TEST_SUITE_P(All, CorrectTest,
                         testing::Values("Pulse", "Meter", "Lease", "Till", "Feed", "Log",
                                         "Journal", "Bank"),
                         [](const auto& info) { return info.param; });

TEST(PlantedTest, AFamilyThatThereIsNotIsAUsageError) {
  const sim::SubprocessResult refused = Play("Bank", 1, {"--without=loss,earthquakes"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("loss,earthquakes"), std::string::npos) << refused.err;
}

struct Target {
  const char* family;
  const char* program;
  const char* bug;
  const char* kin = "";  // families that would find it too
};

class FamilyTest : public testing::TestWithParam<Target> {};

TEST_P(FamilyTest, FindsWhatNoOtherDoes) {
  const Target& target = GetParam();
  const std::string bug = absl::StrCat("--bug=", target.bug);
  const sim::SubprocessResult found =
      Play(target.program, kSeedsMax, {bug, absl::StrCat("--without=", target.kin)});
  ASSERT_EQ(found.exit_code, 12) << found.out << found.err;

  const int seeds = SeedsPlayed(found.out);
  const sim::SubprocessResult without =
      Play(target.program, std::max(seeds, kSeedsMin),
           {bug, absl::StrCat("--without=", target.kin, ",", target.family)});
  EXPECT_EQ(without.exit_code, 0) << without.out << without.err;
  RecordProperty("seeds", seeds);
}

// Whatever delays an answer finds a client that counts its lease from there.
constexpr char kDelays[] =
    "partitions,slow-links,clogs,flapping,latencies,loss,long-tails,"
    "corruption,bandwidth,pauses,resets";

// All of them but one.
std::string OtherDelays(const std::string& family) {
  return absl::StrReplaceAll(absl::StrCat(",", kDelays, ","), {{"," + family + ",", ","}});
}

INSTANTIATE_TEST_SUITE_P(
    All, FamilyTest,
    testing::Values(
        Target{"loss", "Meter", "no-retry", "partitions,flapping,corruption,mtu,crashes"},
        Target{"duplication", "Pulse", "no-dedupe"},
        Target{"reordering", "Pulse", "no-sequence",
               "latencies,long-tails,slow-links,clogs,bandwidth,partitions"},
        Target{"latencies", "Pulse", "no-sequence",
               "reordering,long-tails,slow-links,clogs,bandwidth,partitions"},
        Target{"long-tails", "Pulse", "no-sequence",
               "reordering,latencies,slow-links,clogs,bandwidth,partitions"},
        Target{"bandwidth", "Meter", "no-backoff"},  //
        Target{"corruption", "Meter", "no-checksum"}, Target{"mtu", "Meter", "one-datagram"},
        Target{"rebinds", "Meter", "fixed-address"},
        Target{"full-resets", "Till", "retry-as-new",
               "half-open-resets,crashes,partitions,flapping,clogs"},
        Target{"half-open-resets", "Feed", "no-keepalive",
               "crashes,partitions,flapping,clogs,slow-links"},
        Target{"clogs", "Log", "small-mailbox",
               "loss,corruption,pauses,bandwidth,latencies,long-tails,slow-links"},
        Target{"pauses", "Lease", "no-check-after-nap"},
        Target{"clock-drift", "Lease", "no-drift-margin"},
        Target{"clock-jumps", "Lease", "by-calendar"},
        Target{"panics", "Bank", "swallowed-panic"},  //
        Target{"kills", "Bank", "undo-in-catch"}, Target{"rare-paths", "Bank", "hasty-rare-path"},
        Target{"power-failures", "Journal", "no-sync"},
        Target{"lost-writes", "Journal", "no-sync", "torn-writes"},
        Target{"torn-writes", "Journal", "no-checksum", "write-errors,full-disks"},
        Target{"read-errors", "Journal", "read-error-is-end"},
        Target{"write-errors", "Journal", "write-error-ignored"},
        Target{"full-disks", "Journal", "full-ignored"},
        Target{"slow-disks", "Journal", "no-patience", "pauses"}),
    [](const auto& info) {
      return absl::StrReplaceAll(info.param.family, {{"-", "_"}});
    });

class DelayTest : public testing::TestWithParam<const char*> {};

TEST_P(DelayTest, FindsByItselfWhatDelaysFind) {
  const std::string family = GetParam();
  const sim::SubprocessResult found =
      Play("Lease", kSeedsMax, {"--bug=from-grant", "--without=" + OtherDelays(family)});
  ASSERT_EQ(found.exit_code, 12) << found.out << found.err;
  const sim::SubprocessResult without =
      Play("Lease", std::max(SeedsPlayed(found.out), kSeedsMin),
           {"--bug=from-grant", absl::StrCat("--without=", kDelays)});
  EXPECT_EQ(without.exit_code, 0) << without.out << without.err;
}

INSTANTIATE_TEST_SUITE_P(All, DelayTest,
                         testing::Values("partitions", "slow-links", "clogs", "flapping"),
                         [](const auto& info) {
                           return absl::StrReplaceAll(info.param, {{"-", "_"}});
                         });

}  // namespace
}  // namespace rehearse
