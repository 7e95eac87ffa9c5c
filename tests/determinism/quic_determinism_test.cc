// QUIC in rehearsal: the same seed sends the same packets, byte for byte (a run's hash is over all
// of them), alone, late in a sweep, whatever the jobs, and at another second of the day.

#include <gtest/gtest.h>
#include <time.h>

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

// "seed=0x…" and the rest of its line, the hash first.
using Runs = std::map<std::string, std::string>;

Runs Play(std::vector<std::string> flags) {
  flags.insert(flags.begin(),
               {Runfile("tests/determinism/quic_sim_test"), "--print_runs", "--check_every=0"});
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

TEST(QuicDeterminism, ASeedIsTheSameAloneAndTheFiftiethOfASweep) {
  const Runs alone = Play({"--first_seed=49", "--seeds=1"});
  ASSERT_EQ(alone.size(), 1u);
  const auto& [seed, run] = *alone.begin();
  EXPECT_TRUE(absl::StartsWith(run, "hash=0x")) << run;
  EXPECT_EQ(Play({"--" + seed}), alone);
  const Runs sweep = Play({"--seeds=50", "--jobs=2"});
  ASSERT_EQ(sweep.size(), 50u);
  EXPECT_EQ(sweep.at(seed), run);
  std::set<std::string> different;
  for (const auto& [other, its_run] : sweep) different.insert(its_run);
  EXPECT_EQ(different.size(), 50u);
}

// The library takes whole seconds from the clock, so that within one the same packets would prove
// nothing.
TEST(QuicDeterminism, ASecondLaterItIsTheSame) {
  const Runs now = Play({"--seeds=5", "--jobs=1"});
  const timespec length{1, 100'000'000};
  nanosleep(&length, nullptr);
  EXPECT_EQ(Play({"--seeds=5", "--jobs=2"}), now);
}

}  // namespace
}  // namespace rehearse::sim
