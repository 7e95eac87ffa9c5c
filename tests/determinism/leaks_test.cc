// The programs of leaks.cc, played by the runner: what it answers, refuses, reports and finds.

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "rehearse/sim/hermetic/testing/subprocess.h"

namespace rehearse::sim {
namespace {

using Lines = std::vector<std::string>;

SubprocessResult Play(const std::string& filter, Lines flags) {
  flags.insert(flags.begin(), {Runfile("tests/determinism/leaks"), "--gtest_filter=" + filter});
  return RunSubprocess(flags, {.environment = {"PATH=/usr/bin:/bin"}});
}

std::string LineWith(const std::string& text, const std::string& begin) {
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (absl::StartsWith(line, begin)) return std::string(line);
  }
  return "";
}

TEST(LeaksTest, WhatTheRunAnswersIsDeterministic) {
  const SubprocessResult checked = Play("Answered.*", {"--check_determinism"});
  EXPECT_EQ(checked.exit_code, 0) << checked.out;
}

// The hash of the only run.
std::string HashWith(const Lines& environment) {
  const SubprocessResult played =
      RunSubprocess({Runfile("tests/determinism/leaks"),
                     "--gtest_filter=Answered.EnvironmentTimeZoneAndLocale", "--seed=7"},
                    {.environment = environment});
  EXPECT_EQ(played.exit_code, 0) << played.out;
  const std::string line = LineWith(played.out, "seed=0x0000000000000007 ");
  return line.substr(std::min(line.size(), line.find("hash=")), 23);
}

TEST(LeaksTest, TheEnvironmentOfTheProcessDoesNotReachARun) {
  const std::string hash = HashWith({"PATH=/usr/bin:/bin"});
  EXPECT_EQ(hash.substr(0, 7), "hash=0x");
  EXPECT_EQ(HashWith({"PATH=/bin", "TZ=Asia/Tokyo", "LC_ALL=C.UTF-8", "REHEARSE_LEAK=here"}), hash);
}

TEST(LeaksTest, AThreadFailsTheSeedAndItsStarterIsNamed) {
  const SubprocessResult refused = Play("Refused.Thread", {});
  EXPECT_EQ(refused.exit_code, 12);
  EXPECT_NE(refused.out.find("pthread_create was called by"), std::string::npos) << refused.out;
  EXPECT_NE(refused.out.find("Thread()"), std::string::npos) << refused.out;
}

struct Refusal {
  const char* test;
  const char* what;
  const char* who;
};

class RefusalTest : public testing::TestWithParam<Refusal> {};

TEST_P(RefusalTest, FailsTheSeedAndItsCallerIsNamed) {
  const Refusal& refusal = GetParam();
  const SubprocessResult refused = Play(absl::StrCat("Refused.", refusal.test), {});
  EXPECT_EQ(refused.exit_code, 12) << refused.out;
  EXPECT_NE(refused.out.find(absl::StrCat(refusal.what, " was called by ")), std::string::npos)
      << refused.out;
  EXPECT_NE(refused.out.find(refusal.who), std::string::npos) << refused.out;
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusalTest,
    testing::Values(Refusal{"Async", "pthread_create", "StartAsync"},
                    Refusal{"ThreadOfALibrary", "pthread_create", "library_sum_beside"},
                    Refusal{"ReadAside", "aio_read", "ReadAsynchronously"},
                    Refusal{"Socket", "socket", "OpenSocket"},
                    Refusal{"FileToWrite", "open of /tmp/rehearse-leak to write", "WriteFile"},
                    Refusal{"DeviceOfChance", "open of /dev/urandom", "ReadDevice"},
                    Refusal{"Folder", "fdopendir", "ReadFolder"},
                    Refusal{"NameLookup", "getaddrinfo of localhost", "LookUp"},
                    Refusal{"SignalTimer", "alarm", "SetTimer"}),
    [](const auto& info) { return info.param.test; });

// Whether this host has the instruction trap when it is asked to.
bool HostTrapsCycleCounter() {
  const pid_t child = fork();
  if (child == 0) {
    const rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0);
    (void)__builtin_ia32_rdtsc();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status);
}

TEST(LeaksTest, TheCycleCounterIsAnsweredWhereItTrapsAndFoundElsewhere) {
  const SubprocessResult played = Play("Trapped.CycleCounter", {"--check_determinism"});
  if (HostTrapsCycleCounter()) {
    EXPECT_EQ(played.exit_code, 0) << played.out;
  } else {
    EXPECT_EQ(played.exit_code, 13) << played.out;
    EXPECT_NE(played.out.find("CountCycles"), std::string::npos) << played.out;
  }
}

TEST(LeaksTest, AbseilsNowIsAnsweredThoughItCountsCycles) {
  if (!HostTrapsCycleCounter()) GTEST_SKIP() << "this host does not have rdtsc trap";
  for (const char* const leak : {"Trapped.AbseilsNow", "Trapped.AbseilsNowOfTwoNodes"}) {
    const SubprocessResult played = Play(leak, {"--check_determinism"});
    EXPECT_EQ(played.exit_code, 0) << played.out;
  }
}

class ClaimTest : public testing::TestWithParam<const char*> {};

TEST_P(ClaimTest, InAHandlerFailsTheSeed) {
  const SubprocessResult failed = Play(absl::StrCat("Claim.", GetParam()), {});
  EXPECT_EQ(failed.exit_code, 12) << failed.out;
  EXPECT_NE(LineWith(failed.out, "seed: "), "");
  EXPECT_NE(failed.out.find("in a handler"), std::string::npos) << failed.out;
}

INSTANTIATE_TEST_SUITE_P(All, ClaimTest,
                         testing::Values("Expect", "Require", "GoogleTest", "RapidCheck"),
                         [](const auto& info) { return info.param; });

TEST(LeaksTest, APanicFailsNoSeedByItself) {
  EXPECT_EQ(Play("Claim.PanicIsNone", {}).exit_code, 0);
}

TEST(LeaksTest, ACrashInAHandlerLeavesItsEventsAndFrames) {
  const SubprocessResult crashed = Play("End.Segfault", {});
  EXPECT_EQ(crashed.exit_code, 10);
  EXPECT_NE(crashed.out.find("SIGSEGV at 0x10"), std::string::npos) << crashed.out;
  EXPECT_NE(crashed.out.find("WriteToNowhere"), std::string::npos) << crashed.out;
  EXPECT_NE(crashed.out.find(" server mark before"), std::string::npos) << crashed.out;
  const SubprocessResult again =
      RunSubprocess({"/bin/sh", "-c", LineWith(crashed.out, "REPLAY: ").substr(8)},
                    {.environment = {"PATH=/bin"}});
  EXPECT_EQ(again.exit_code, 10);
  EXPECT_EQ(LineWith(again.out, "virtual time: "), LineWith(crashed.out, "virtual time: "));
}

TEST(LeaksTest, AFibersOverflownStackIsACrashOfItsSeed) {
  const SubprocessResult crashed = Play("End.FiberOverflow", {});
  EXPECT_EQ(crashed.exit_code, 10);
  EXPECT_NE(crashed.out.find("Descend"), std::string::npos) << crashed.out;
}

TEST(LeaksTest, AHandlerThatSpinsIsStoppedAndNamed) {
  const SubprocessResult hung = Play("End.Hang", {"--hang_timeout=1s"});
  EXPECT_EQ(hung.exit_code, 11);
  EXPECT_NE(hung.out.find("SpinForEver"), std::string::npos) << hung.out;
}

struct Leak {
  const char* test;
  const char* who;
};

class LeakTest : public testing::TestWithParam<Leak> {};

TEST_P(LeakTest, IsFoundAndItsFirstEventNamedAndWhoseItIs) {
  const std::string test = absl::StrCat("Leak.", GetParam().test);
  const SubprocessResult checked = Play(test, {"--check_determinism"});
  EXPECT_EQ(checked.exit_code, 13) << checked.out;
  EXPECT_NE(LineWith(checked.out, "  first diverging event: "), "") << checked.out;
  EXPECT_TRUE(absl::StrContains(LineWith(checked.out, "    plain:     "), " server mark "))
      << checked.out;
  const size_t callers = checked.out.find("\n    in ");
  ASSERT_NE(callers, std::string::npos) << checked.out;
  EXPECT_NE(checked.out.find(GetParam().who, callers), std::string::npos) << checked.out;
}

INSTANTIATE_TEST_SUITE_P(
    All, LeakTest,
    testing::Values(Leak{"HostClock", "ReadHostClock"},
                    Leak{"ChanceBySystemCall", "DrawSystemCall"},
                    Leak{"PointerOrder", "IterateByAddress"}, Leak{"PointerHash", "IterateByHash"},
                    Leak{"HashOfPointer", "SayHashOfPointer"}, Leak{"FlatHashSet", "IterateFlat"},
                    Leak{"UnsetHeap", "ReadUnsetHeap"}, Leak{"UnsetStack", "ReadUnsetStack"},
                    Leak{"FiberAddress", "TellAddressOfLocal"}),
    [](const auto& info) { return info.param.test; });

class RepeatTest : public testing::TestWithParam<const char*> {};

// Even those, unperturbed: alone, at the end of a sweep, in the process itself.
TEST_P(RepeatTest, ASeedIsTheSameEverywhere) {
  const std::string test = GetParam();
  const Lines last = {"--first_seed=199", "--seeds=1", "--print_runs"};
  const std::string alone = LineWith(Play(test, last).out, "seed=");
  ASSERT_NE(alone, "");
  const std::string seed = alone.substr(0, alone.find(' '));
  EXPECT_EQ(LineWith(Play(test, {"--seeds=200", "--check_every=0", "--print_runs"}).out, seed),
            alone);
  EXPECT_EQ(LineWith(Play(test, {"--" + seed}).out, seed), alone);
}

class TracedTest : public testing::TestWithParam<const char*> {};

TEST_P(TracedTest, ATraceChangesNothing) {
  const std::string plain = LineWith(Play(GetParam(), {"--seed=7"}).out, "seed=");
  const std::string traced =
      LineWith(Play(GetParam(), {"--seed=7", "--trace=/dev/null"}).out, "seed=");
  EXPECT_EQ(plain, traced);
}

INSTANTIATE_TEST_SUITE_P(All, TracedTest,
                         testing::Values("Answered.Sleeps", "Answered.Entropy", "Leak.PointerOrder",
                                         "Leak.UnsetHeap", "Leak.FiberAddress"),
                         [](const auto& info) { return absl::StrCat("Number", info.index); });

INSTANTIATE_TEST_SUITE_P(All, RepeatTest,
                         testing::Values("Answered.Sleeps", "Answered.Entropy", "Leak.PointerOrder",
                                         "Leak.PointerHash", "Leak.UnsetHeap", "Leak.UnsetStack",
                                         "Leak.FiberAddress"),
                         [](const auto& info) { return absl::StrCat("Number", info.index); });

}  // namespace
}  // namespace rehearse::sim
