// The replicated register in rehearsal, a whole cluster under faults: the same seed is the same run
// alone, late in a sweep, whatever the jobs, and however often.

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "rehearse/sim/hermetic/testing/subprocess.h"

namespace rehearse::sim {
namespace {

// Of runs that were printed: "seed=0x…" and the rest of its line, the hash first.
using Runs = std::multimap<std::string, std::string>;

Runs Play(std::vector<std::string> flags) {
  flags.insert(flags.begin(), {Runfile("examples/replicated_register/replicated_register_sim_test"),
                               "--print_runs", "--check_every=0"});
  const SubprocessResult played = RunSubprocess(flags, {.environment = {"PATH=/usr/bin:/bin"}});
  EXPECT_EQ(played.exit_code, 0) << played.out << played.err;
  Runs runs;
  for (absl::string_view line : absl::StrSplit(played.out, '\n')) {
    if (!absl::StartsWith(line, "seed=0x")) continue;
    const size_t end = line.find(' ');
    runs.emplace(line.substr(0, end), line.substr(end + 1));
  }
  return runs;
}

// Number 899 of the series: its seed, and its run in a process that plays nothing else.
const std::vector<std::string> kTheLast = {"--first_seed=899", "--seeds=1"};

TEST(ReplicatedRegisterDeterminism, ASeedIsTheSameAloneAndTheNineHundredthOfASweep) {
  const Runs alone = Play(kTheLast);
  ASSERT_EQ(alone.size(), 1u);
  const auto& [seed, run] = *alone.begin();
  EXPECT_TRUE(absl::StartsWith(run, "hash=0x")) << run;
  EXPECT_EQ(Play({"--" + seed}), alone);  // in the process itself
  EXPECT_EQ(Play({"--" + seed, "--trace=/dev/null"}), alone);

  const Runs sweep = Play({"--seeds=900", "--jobs=2"});
  ASSERT_EQ(sweep.size(), 900u);
  EXPECT_EQ(sweep.find(seed)->second, run);
}

TEST(ReplicatedRegisterDeterminism, JobsChangeNoRun) {
  const Runs one = Play({"--seeds=30", "--jobs=1"});
  ASSERT_EQ(one.size(), 30u);
  EXPECT_EQ(Play({"--seeds=30", "--jobs=2"}), one);
  EXPECT_EQ(Play({"--seeds=30", "--jobs=7"}), one);
}

TEST(ReplicatedRegisterDeterminism, ASeedPlayedTwoHundredTimesIsTheSame) {
  std::set<std::string> seen;
  int played = 0;
  const auto see = [&](const std::vector<std::string>& flags) {
    for (const auto& [seed, run] : Play(flags)) {
      seen.insert(run);
      ++played;
    }
  };
  std::vector<std::string> many = kTheLast;
  many.push_back("--gtest_repeat=180");
  see(many);
  for (int i = 0; i < 20; ++i) see(kTheLast);  // processes of their own
  EXPECT_EQ(played, 200);
  EXPECT_EQ(seen.size(), 1u);
}

TEST(ReplicatedRegisterDeterminism, MemoryPlacedAndFilledOtherwiseChangesNoRun) {
  EXPECT_EQ(Play({"--seeds=10", "--check_determinism"}).size(), 10u);
}

}  // namespace
}  // namespace rehearse::sim
