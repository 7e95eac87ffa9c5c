// The runner against planted defects: testing/planted.cc, executed.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "rehearse/sim/hermetic/run_memory.h"
#include "rehearse/sim/hermetic/testing/subprocess.h"

namespace rehearse::sim {
namespace {

using Lines = std::vector<std::string>;

SubprocessResult Planted(const std::string& filter, Lines flags, SubprocessOptions options = {}) {
  flags.insert(flags.begin(), {Runfile("sim/runner/testing/planted"), "--gtest_filter=" + filter});
  options.environment.push_back("PATH=/usr/bin:/bin");
  return RunSubprocess(flags, options);
}

Lines LinesWith(const std::string& text, const std::string& begin) {
  Lines found;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (absl::StartsWith(line, begin)) found.emplace_back(line);
  }
  return found;
}

std::string LineWith(const std::string& text, const std::string& begin) {
  const Lines lines = LinesWith(text, begin);
  return lines.empty() ? "" : lines.front();
}

// Of the printed runs, by their seeds: the rest of the line.
std::map<std::string, std::string> RunsOf(const std::string& out) {
  std::map<std::string, std::string> runs;
  for (const std::string& line : LinesWith(out, "seed=")) {
    const size_t end = line.find(' ');
    runs[line.substr(0, end)] = line.substr(end + 1);
  }
  return runs;
}

SubprocessResult Replay(const std::string& out) {
  const std::string command = LineWith(out, "REPLAY: ").substr(8);
  return RunSubprocess({"/bin/sh", "-c", command}, {.environment = {"PATH=/usr/bin:/bin"}});
}

// A sanitizer places memory itself, so that nothing is claimed of addresses.
#define SKIP_WITHOUT_PLACED_MEMORY() \
  if (!RunMemoryInForce()) GTEST_SKIP() << "this build has a sanitizer's memory"

// --- Failures: each way to fail fails the test, names the seed, and comes again.

struct Failure {
  const char* test;
  int exit_code;
  const char* reason;
};

void ReportAndReplay(const Failure& failure) {
  const SubprocessResult first = Planted(failure.test, {"--seeds=20", "--hang_timeout=1s"});
  EXPECT_EQ(first.exit_code, failure.exit_code) << first.out << first.err;
  const std::string seed = LineWith(first.out, "seed: ");
  EXPECT_NE(seed, "");
  EXPECT_NE(first.out.find(failure.reason), std::string::npos) << first.out;

  const SubprocessResult again = Replay(first.out);
  EXPECT_EQ(again.exit_code, failure.exit_code) << again.out << again.err;
  EXPECT_EQ(LineWith(again.out, "seed: "), seed);
  EXPECT_EQ(LineWith(again.out, "verdict: "), LineWith(first.out, "verdict: "));
  EXPECT_EQ(LineWith(again.out, "virtual time: "), LineWith(first.out, "virtual time: "));
}

class FailureTest : public testing::TestWithParam<Failure> {};

class CrashTest : public FailureTest {
 protected:
  void SetUp() override { SKIP_WITHOUT_PLACED_MEMORY(); }
};

TEST_P(FailureTest, IsReportedAndReplays) { ReportAndReplay(GetParam()); }
TEST_P(CrashTest, IsReportedAndReplays) { ReportAndReplay(GetParam()); }

INSTANTIATE_TEST_SUITE_P(
    All, FailureTest,
    testing::Values(Failure{"Claim.ExpectInHandler", 12, "expected !Unlucky(world): amount 42"},
                    Failure{"Claim.Equality", 12, "got 2 and 3: arithmetic"},
                    Failure{"Claim.Requirement", 12, "not enough"},
                    Failure{"Claim.GoogleTestExpect", 12, "by GoogleTest"},
                    Failure{"Claim.GoogleTestAssert", 12, "by GoogleTest"},
                    Failure{"Claim.RapidCheck", 12, "1 == 2"},
                    Failure{"Claim.Exception", 10, "std::runtime_error: nobody catches this"},
                    Failure{"Claim.Liveness", 11, "it never converged"},
                    Failure{"Hooked.Thread", 12, "pthread_create was called by"}),
    [](const auto& info) { return absl::StrCat("Number", info.index); });

INSTANTIATE_TEST_SUITE_P(All, CrashTest,
                         testing::Values(Failure{"End.Segfault", 10, "SIGSEGV"},
                                         Failure{"End.Check", 10, "SIGABRT"},
                                         Failure{"End.Hang", 11, "did not end in 1s of real time"}),
                         [](const auto& info) { return absl::StrCat("Number", info.index); });

TEST(RunnerTest, ACrashLeavesItsLastEventsFramesAndOutput) {
  SKIP_WITHOUT_PLACED_MEMORY();
  const std::string segfault = Planted("End.Segfault", {"--seeds=20"}).out;
  EXPECT_NE(segfault.find("SIGSEGV at 0x8"), std::string::npos);
  EXPECT_NE(segfault.find("ToyBody_End_Segfault"), std::string::npos);
  EXPECT_NE(segfault.find("  0.040000000s toy #1 mark step"), std::string::npos);
  const std::string check = Planted("End.Check", {"--seeds=20"}).out;
  EXPECT_NE(check.find("it printed:\n  sim/runner/testing/planted.cc"), std::string::npos) << check;
}

// From a process of its own, and from the runner's own process, where a single seed is played.
TEST(RunnerTest, ACrashOrHangSaysWhenItWas) {
  SKIP_WITHOUT_PLACED_MEMORY();
  const auto expect = [](const SubprocessResult& run, const std::string& when,
                         const std::string& count) {
    EXPECT_EQ(LineWith(run.out, "virtual time: ").find("virtual time: " + when + ", " + count), 0u)
        << run.out;
    const Lines runs = LinesWith(run.out, "seed=");
    EXPECT_TRUE(std::any_of(runs.begin(), runs.end(), [&](const std::string& line) {
      return absl::StrContains(line, " virtual=" + when + " ");
    })) << run.out;
  };
  const Lines sweep = {"--seeds=20", "--hang_timeout=1s", "--print_runs"};
  const SubprocessResult crash = Planted("End.Segfault", sweep);
  expect(crash, "0.040000000s", "40 events");
  expect(Replay(crash.out), "0.040000000s", "40 events");
  const SubprocessResult hang = Planted("End.Hang", sweep);
  expect(hang, "0.004000000s", "4 events");
  expect(Replay(hang.out), "0.004000000s", "4 events");
}

TEST(RunnerTest, AHangSaysWhereItIs) {
  SKIP_WITHOUT_PLACED_MEMORY();  // one of them holds signals back until the run makes a call
  const std::string out = Planted("End.Hang", {"--seeds=20", "--hang_timeout=3s"}).out;
  EXPECT_NE(out.find("SpinForEver"), std::string::npos) << out;
}

// They look for their names at the same time, each in files of its own.
TEST(RunnerTest, CallersAreNamedRightByManyProcessesAtOnce) {
  SKIP_WITHOUT_PLACED_MEMORY();
  const Lines flags = {"--seeds=60", "--jobs=8", "--keep_going"};
  for (int round = 0; round < 10; ++round) {
    const std::string out = Planted("Hooked.Thread", flags).out;
    for (const std::string& line : LinesWith(out, "reason: ")) {
      EXPECT_NE(line.find("StartThread()"), std::string::npos) << line;
    }
  }
}

TEST(RunnerTest, AnOverflownStackIsACrashLikeAnother) {
  SKIP_WITHOUT_PLACED_MEMORY();
  EXPECT_EQ(Planted("End.StackOverflow", {}).exit_code, 10);
}

TEST(RunnerTest, AnExitIsACrashWhateverItsStatus) {
  const SubprocessResult three = Planted("End.Exit", {});
  EXPECT_EQ(three.exit_code, 10);
  EXPECT_NE(three.out.find("exited with status 3 before the run ended"), std::string::npos);
  const SubprocessResult zero = Planted("End.ExitZero", {});
  EXPECT_EQ(zero.exit_code, 10);
  EXPECT_NE(zero.out.find("exited with status 0 before the run ended"), std::string::npos);
}

TEST(RunnerTest, ACrashEndsItsSeedAlone) {
  const SubprocessResult all =
      Planted("End.Segfault", {"--seeds=60", "--keep_going", "--print_runs"});
  const std::map<std::string, std::string> runs = RunsOf(all.out);
  EXPECT_EQ(runs.size(), 60u);
  const auto good = std::count_if(runs.begin(), runs.end(), [](const auto& run) {
    return absl::StrContains(run.second, "verdict=good");
  });
  EXPECT_GT(good, 10);
  EXPECT_LT(good, 60);
}

TEST(RunnerTest, TheLowestFailingSeedIsReportedWhateverTheJobs) {
  const Lines flags = {"--seeds=200", "--jobs=1"};
  const std::string one = LineWith(Planted("Claim.ExpectInHandler", flags).out, "seed: ");
  for (const char* const jobs : {"--jobs=2", "--jobs=7"}) {
    const SubprocessResult many = Planted("Claim.ExpectInHandler", {"--seeds=200", jobs});
    EXPECT_EQ(LineWith(many.out, "seed: "), one);
    EXPECT_EQ(LinesWith(many.out, "REPLAY: ").size(), 1u);
  }
}

TEST(RunnerTest, TheFirstFailureGivesTheExitCode) {
  EXPECT_EQ(Planted("Claim.Liveness:Claim.Equality", {}).exit_code, 12);  // as registered
  EXPECT_EQ(
      Planted("Plain.*:Claim.Liveness", {}, {.environment = {"TEST_PLAIN_FAILS=1"}}).exit_code, 11);
}

TEST(RunnerTest, PlainTestsRunAsEver) {
  EXPECT_EQ(Planted("Plain.*", {}).exit_code, 0);
  EXPECT_EQ(Planted("Plain.*", {}, {.environment = {"TEST_PLAIN_FAILS=1"}}).exit_code, 1);
}

TEST(RunnerTest, AManyFailingCampaignStaysReadable) {
  const SubprocessResult all = Planted("Claim.Equality", {"--seeds=100", "--keep_going"});
  EXPECT_EQ(LinesWith(all.out, "REPLAY: ").size(), 10u);
  EXPECT_EQ(LinesWith(all.out, "seed=").size(), 90u);
  EXPECT_NE(LineWith(all.out, "TOTAL: ").find("100 seeds, 100 failures"), std::string::npos);
}

// --- The same seed, the same run.

class RepeatTest : public testing::TestWithParam<const char*> {};

TEST_P(RepeatTest, ASeedIsTheSameAloneAndAnywhereInASweep) {
  SKIP_WITHOUT_PLACED_MEMORY();
  const std::string test = GetParam();
  std::map<std::string, std::string> sweep =
      RunsOf(Planted(test, {"--seeds=900", "--print_runs", "--jobs=2", "--check_every=0"}).out);
  ASSERT_EQ(sweep.size(), 900u);
  // Number 899 of the series, first and alone in other processes.
  const Lines last = {"--first_seed=899", "--seeds=1", "--print_runs"};
  const std::map<std::string, std::string> alone = RunsOf(Planted(test, last).out);
  ASSERT_EQ(alone.size(), 1u);
  const auto& [seed, run] = *alone.begin();
  EXPECT_EQ(sweep[seed], run);
  // In the process itself, and after plain tests that use up what others draw from.
  const std::string flag = "--" + seed;
  EXPECT_EQ(RunsOf(Planted(test, {flag}).out)[seed], run);
  EXPECT_EQ(
      RunsOf(
          Planted("Plain.*:" + test, {"--first_seed=899", "--seeds=1", "--print_runs"}).out)[seed],
      run);
  // With a trace, which makes the harness allocate and write at each event.
  EXPECT_EQ(RunsOf(Planted(test, {flag, "--trace=/dev/null"}).out)[seed], run);
  EXPECT_EQ(
      RunsOf(Planted(test, {"--first_seed=899", "--seeds=1", "--print_runs", "--trace=/dev/null"})
                 .out)[seed],
      run);
}

// Those that read addresses or unset bytes repeat too, as long as nothing perturbs them.
INSTANTIATE_TEST_SUITE_P(All, RepeatTest,
                         testing::Values("Good.Steps", "Hooked.Entropy", "Leak.PointerHash",
                                         "Leak.AbseilOrder", "Leak.UnsetHeap", "Leak.UnsetStack",
                                         "Leak.LocalAddress"),
                         [](const auto& info) { return absl::StrCat("Number", info.index); });

TEST(RunnerTest, ASeedPlayedTwoHundredTimesIsTheSame) {
  SKIP_WITHOUT_PLACED_MEMORY();
  std::set<std::string> runs;
  for (int i = 0; i < 20; ++i) {
    runs.insert(LineWith(Planted("Leak.PointerHash", {"--seed=7"}).out, "seed="));
  }
  const Lines repeat = {"--seed=7", "--gtest_repeat=180", "--check_every=0"};
  for (const std::string& run :
       LinesWith(Planted("Leak.PointerHash:Good.Empty", repeat).out, "seed=")) {
    if (absl::StrContains(run, "PointerHash")) runs.insert(run);
  }
  EXPECT_EQ(runs.size(), 1u);
}

TEST(RunnerTest, WhatTheHooksAnswerIsDeterministic) {
  SKIP_WITHOUT_PLACED_MEMORY();
  const SubprocessResult checked =
      Planted("Hooked.*-Hooked.Thread", {"--check_determinism", "--seeds=20"});
  EXPECT_EQ(checked.exit_code, 0) << checked.out;
}

TEST(RunnerTest, SleepingTakesNoTime) {
  EXPECT_NE(Planted("Hooked.Sleeps", {"--seed=1"}).out.find("virtual=3603.001250000s"),
            std::string::npos);
}

// --- What spoils a seed is found.

struct Leak {
  const char* test;
  int event;
};

class LeakTest : public testing::TestWithParam<Leak> {};

TEST_P(LeakTest, IsFoundAndTheFirstDivergingEventNamed) {
  SKIP_WITHOUT_PLACED_MEMORY();
  const SubprocessResult checked = Planted(GetParam().test, {"--check_determinism", "--seeds=4"});
  EXPECT_EQ(checked.exit_code, 13) << checked.out;
  const std::string named = absl::StrCat("  first diverging event: number ", GetParam().event);
  EXPECT_NE(LineWith(checked.out, named).find("by toy #1"), std::string::npos) << checked.out;
  EXPECT_NE(checked.out.find("    plain:     0.00"), std::string::npos);
  EXPECT_NE(checked.out.find("    perturbed: 0.00"), std::string::npos);
  EXPECT_EQ(Replay(checked.out).exit_code, 13);
}

INSTANTIATE_TEST_SUITE_P(All, LeakTest,
                         testing::Values(Leak{"Leak.HostClock", 8}, Leak{"Leak.PointerOrder", 3},
                                         Leak{"Leak.UnsetHeap", 4}, Leak{"Leak.FreedHeap", 1},
                                         Leak{"Leak.UnsetStack", 1}, Leak{"Leak.LocalAddress", 1},
                                         Leak{"Leak.Process", 1}),
                         [](const auto& info) { return absl::StrCat("Number", info.index); });

TEST(RunnerTest, ACampaignChecksItsFirstSeedByItself) {
  SKIP_WITHOUT_PLACED_MEMORY();
  EXPECT_EQ(Planted("Leak.PointerOrder", {}).exit_code, 13);
  EXPECT_EQ(Planted("Leak.PointerOrder", {"--check_every=0"}).exit_code, 0);
  EXPECT_EQ(Planted("Leak.PointerOrder", {"--first_seed=1", "--seeds=99"}).exit_code, 0);
  EXPECT_EQ(Planted("Leak.PointerOrder", {"--first_seed=1", "--seeds=100"}).exit_code, 13);
}

TEST(RunnerTest, WhereAddressesCannotBePlacedItSaysSoAndDoesNotClaim) {
  SKIP_WITHOUT_PLACED_MEMORY();
  const SubprocessResult plain = Planted("Good.*", {}, {.refuse_personality = true});
  EXPECT_EQ(plain.exit_code, 0) << plain.out;
  EXPECT_EQ(LinesWith(plain.err, "rehearse: ").size(), 1u) << plain.err;
  EXPECT_NE(plain.err.find("personality"), std::string::npos);
  const SubprocessResult checked =
      Planted("Good.*", {"--check_determinism"}, {.refuse_personality = true});
  EXPECT_EQ(checked.exit_code, 13) << checked.out;
  EXPECT_NE(checked.out.find("Operation not permitted"), std::string::npos) << checked.out;
}

TEST(RunnerTest, WithASanitizerDeterminismIsNotClaimed) {
  if (RunMemoryInForce()) GTEST_SKIP() << "this build has none";
  EXPECT_EQ(Planted("Good.*", {}).exit_code, 0);
  const SubprocessResult checked = Planted("Good.*", {"--check_determinism"});
  EXPECT_EQ(checked.exit_code, 13);
  EXPECT_NE(checked.out.find("built with a sanitizer"), std::string::npos);
}

TEST(RunnerTest, WhatASanitizerStopsIsACrash) {
  if (RunMemoryInForce()) GTEST_SKIP() << "this build has none";
  EXPECT_EQ(Planted("End.Segfault", {"--seeds=20"}).exit_code, 10);
}

// --- Flags, files, shards.

TEST(RunnerTest, UsageErrorsExitWithTwoAndSayWhat) {
  for (const char* const wrong : {"--sedes=3", "--seeds=0", "--seed=x", "--jobs=", "stray"}) {
    const SubprocessResult refused = Planted("Good.*", {wrong});
    EXPECT_EQ(refused.exit_code, 2) << wrong;
    EXPECT_NE(refused.err.find(wrong), std::string::npos) << refused.err;
    EXPECT_NE(refused.err.find("usage: "), std::string::npos);
    EXPECT_EQ(refused.out, "");
  }
}

TEST(RunnerTest, HelpIsNoError) {
  const SubprocessResult help = Planted("Good.*", {"--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_NE(help.out.find("--bug=VALUE"), std::string::npos);
  EXPECT_EQ(help.err, "");
}

TEST(RunnerTest, TestsCanBeListed) {
  const SubprocessResult list = Planted("Good.*", {"--gtest_list_tests"});
  EXPECT_EQ(list.exit_code, 0);
  EXPECT_EQ(list.out, "Good.\n  Steps\n  Empty\n");
}

TEST(RunnerTest, DeclaredFlagsReachTheProgramAndTheReplay) {
  const SubprocessResult bug = Planted("Claim.Bug", {"--bug=late", "--arg=x y"});
  EXPECT_EQ(bug.exit_code, 12);
  EXPECT_NE(LineWith(bug.out, "REPLAY: ").find(" --bug=late '--arg=x y'"), std::string::npos);
  EXPECT_EQ(Replay(bug.out).exit_code, 12);
  EXPECT_EQ(Planted("Claim.Bug", {"--bug=early"}).exit_code, 0);
}

TEST(RunnerTest, TheEnvironmentSaysTheSameAsFlags) {
  const SubprocessResult run =
      Planted("Good.Steps", {}, {.environment = {"REHEARSE_SEEDS=3", "REHEARSE_JOBS=2"}});
  EXPECT_NE(LineWith(run.out, "TOTAL: ").find("3 seeds"), std::string::npos) << run.out;
}

TEST(RunnerTest, ATimeLimitEndsACampaign) {
  const SubprocessResult run = Planted("Good.*", {"--time_limit=400ms"});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_EQ(LinesWith(run.out, "Good.").size(), 2u) << run.out;  // each had its share
}

TEST(RunnerTest, ATraceHasEachEventOfEachRun) {
  const std::string path = testing::TempDir() + "/runner_trace";
  ASSERT_EQ(Planted("Good.Steps", {"--seeds=2", "--jobs=3", "--trace=" + path}).exit_code, 0);
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  EXPECT_EQ(LinesWith(text.str(), "# Good.Steps seed=0x").size(), 2u);
  EXPECT_EQ(LinesWith(text.str(), "0.0").size(), 40u);
  EXPECT_EQ(text.str().rfind("# ", 0), 0u);
}

TEST(RunnerTest, ATraceThatCannotBeWrittenIsAUsageError) {
  const SubprocessResult run = Planted("Good.*", {"--trace=/nonexistent/file"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_NE(run.err.find("write trace /nonexistent/file: No such file or directory"),
            std::string::npos)
      << run.err;
  EXPECT_EQ(Planted("Good.Steps", {"--trace=/dev/full", "--seeds=200"}).exit_code, 1);
}

TEST(RunnerTest, ShardsPlayEachPairOnce) {
  std::multiset<std::string> all;
  std::multiset<std::string> plain;
  for (int shard = 0; shard < 4; ++shard) {
    const std::string status = absl::StrCat(testing::TempDir(), "/shard_status_", shard);
    std::remove(status.c_str());
    const SubprocessResult run =
        Planted("Good.*:Plain.*", {"--seeds=10", "--print_runs"},
                {.environment = {"TEST_TOTAL_SHARDS=4", absl::StrCat("TEST_SHARD_INDEX=", shard),
                                 "GTEST_TOTAL_SHARDS=4", absl::StrCat("GTEST_SHARD_INDEX=", shard),
                                 "TEST_SHARD_STATUS_FILE=" + status}});
    EXPECT_EQ(run.exit_code, 0) << run.out;
    EXPECT_TRUE(std::ifstream(status).good());
    const Lines runs = LinesWith(run.out, "seed=");
    EXPECT_EQ(runs.size(), 5u);
    all.insert(runs.begin(), runs.end());
    for (const std::string& line : LinesWith(run.out, "[       OK ] Plain")) {
      plain.insert(line.substr(0, line.find(" (")));
    }
  }
  const Lines whole = LinesWith(Planted("Good.*", {"--seeds=10", "--print_runs"}).out, "seed=");
  EXPECT_EQ(all, std::multiset<std::string>(whole.begin(), whole.end()));
  EXPECT_EQ(plain.size(), 3u);
  EXPECT_EQ(std::set<std::string>(plain.begin(), plain.end()).size(), 3u);
}

TEST(RunnerTest, AShardThatIsNoneIsAUsageError) {
  EXPECT_EQ(Planted("Good.*", {}, {.environment = {"TEST_TOTAL_SHARDS=2", "TEST_SHARD_INDEX=2"}})
                .exit_code,
            2);
}

}  // namespace
}  // namespace rehearse::sim
