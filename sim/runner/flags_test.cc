#include "rehearse/sim/runner/flags.h"

#include <gtest/gtest.h>

#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace rehearse::sim {
namespace {

const bool bug_declared = AddFlag("bug", "plants a defect");
const bool size_declared = AddFlag("size", "is small or large", [](absl::string_view value) {
  return value == "small" || value == "large";
});

using Environment = std::map<std::string, std::string>;

absl::StatusOr<Flags> Parse(std::vector<std::string> arguments, const Environment& variables = {}) {
  arguments.insert(arguments.begin(), "program");
  return ParseFlags(arguments, [&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

std::string ErrorOf(const std::vector<std::string>& arguments, const Environment& variables = {}) {
  return std::string(Parse(arguments, variables).status().message());
}

TEST(FlagsTest, DefaultsAreThoseOfHelp) {
  const Flags flags = *Parse({});
  EXPECT_EQ(flags.seed_count(), 10u);
  EXPECT_EQ(flags.jobs, 1);
  EXPECT_EQ(flags.hang_timeout, absl::Seconds(60));
  EXPECT_EQ(flags.check_every, 100u);
  EXPECT_FALSE(flags.keep_going);
}

TEST(FlagsTest, ReadsEachFlag) {
  const Flags flags = *Parse({"--seeds=100000", "--jobs=8", "--first_seed=5", "--time_limit=2m",
                              "--hang_timeout=1s", "--check_determinism", "--check_every=0",
                              "--keep_going", "--print_runs", "--trace=/tmp/t"});
  EXPECT_EQ(flags.seed_count(), 100000u);
  EXPECT_EQ(flags.jobs, 8);
  EXPECT_EQ(flags.first_seed, 5u);
  EXPECT_EQ(flags.time_limit, absl::Minutes(2));
  EXPECT_EQ(flags.hang_timeout, absl::Seconds(1));
  EXPECT_TRUE(flags.check_determinism);
  EXPECT_EQ(flags.check_every, 0u);
  EXPECT_TRUE(flags.keep_going);
  EXPECT_TRUE(flags.print_runs);
  EXPECT_EQ(flags.trace, "/tmp/t");
}

TEST(FlagsTest, OneSeedCanBeDrawn) {
  EXPECT_EQ(Parse({"--seed=1", "--perfetto=/tmp/p"})->perfetto, "/tmp/p");
  EXPECT_FALSE(Parse({"--perfetto=/tmp/p"}).ok());
}

TEST(FlagsTest, ASeedIsDecimalOrHexadecimal) {
  EXPECT_EQ(Parse({"--seed=255"})->seed, 255u);
  EXPECT_EQ(Parse({"--seed=0xff"})->seed, 255u);
  EXPECT_EQ(Parse({"--seed=0xffffffffffffffff"})->seed, UINT64_MAX);
  EXPECT_EQ(Parse({"--seed=0"})->seed, 0u);
  EXPECT_EQ(Parse({"--seed=7", "--seeds=100"})->seed_count(), 1u);
}

TEST(FlagsTest, ADeclaredFlagMayTurnValuesDown) {
  EXPECT_EQ(Parse({"--size=large"})->args, (std::vector<std::string>{"size=large"}));
  for (const char* const wrong : {"--size=huge", "--size=", "--size=large "}) {
    EXPECT_EQ(ErrorOf({wrong}), absl::StrCat(wrong,
                                             ": not a value of that flag, which is small "
                                             "or large"));
  }
}

TEST(FlagsTest, ATimeLimitAloneBoundsSeedsByNothingElse) {
  EXPECT_EQ(Parse({"--time_limit=1s"})->seed_count(), UINT64_MAX);
  EXPECT_EQ(Parse({"--time_limit=1s", "--seeds=3"})->seed_count(), 3u);
}

TEST(FlagsTest, SwitchesMayBeTurnedOff) {
  EXPECT_FALSE(Parse({"--check_determinism=false"})->check_determinism);
  EXPECT_TRUE(Parse({"--check_determinism=true"})->check_determinism);
  EXPECT_TRUE(Parse({"--stop_at_first_failure=false"})->keep_going);
  EXPECT_FALSE(Parse({"--keep_going", "--stop_at_first_failure"})->keep_going);
}

TEST(FlagsTest, WhatItDoesNotKnowIsNamed) {
  EXPECT_EQ(ErrorOf({"--sedes=3"}), "--sedes=3: no such flag");
  EXPECT_EQ(ErrorOf({"seeds=3"}), "seeds=3: not a flag");
  EXPECT_EQ(ErrorOf({"--"}), "--: no such flag");
}

TEST(FlagsTest, ABadValueIsNamed) {
  for (const char* const wrong :
       {"--seeds=0", "--seeds=-1", "--seeds=ten", "--seeds=", "--jobs=0", "--jobs=1025",
        "--seed=0x", "--seed=0x1ffffffffffffffff", "--seed=18446744073709551616", "--time_limit=5",
        "--time_limit=-5s", "--time_limit=0s", "--check_determinism=maybe",
        "--check_determinism=", "--trace=", "--perfetto="}) {
    EXPECT_EQ(ErrorOf({wrong}), std::string(wrong) + ": not a value of that flag");
  }
  EXPECT_EQ(ErrorOf({"--seeds"}), "--seeds: this flag wants =N");
  EXPECT_EQ(ErrorOf({"--bug"}), "--bug: this flag wants =VALUE");
}

TEST(FlagsTest, LimitsAreInclusive) {
  EXPECT_TRUE(Parse({"--jobs=1024"}).ok());
  EXPECT_TRUE(Parse({"--seeds=1"}).ok());
}

TEST(FlagsTest, DeclaredFlagsAndArgsReachThePrograms) {
  const Flags flags = *Parse({"--bug=lost_write", "--arg=plain text", "--bug=stale_read"});
  EXPECT_EQ(flags.args,
            (std::vector<std::string>{"bug=lost_write", "plain text", "bug=stale_read"}));
  EXPECT_EQ(flags.run_flags_as_given,
            (std::vector<std::string>{"--bug=lost_write", "--arg=plain text", "--bug=stale_read"}));
}

TEST(FlagsTest, TheEnvironmentSaysTheSameAndFlagsWin) {
  const Environment variables = {{"REHEARSE_SEEDS", "50"},
                                 {"REHEARSE_JOBS", "2"},
                                 {"REHEARSE_CHECK_DETERMINISM", "1"},
                                 {"REHEARSE_ARGS", "one  bug=late"},
                                 {"REHEARSE_TRACE", ""}};
  const Flags flags = *Parse({"--jobs=3"}, variables);
  EXPECT_EQ(flags.seed_count(), 50u);
  EXPECT_EQ(flags.jobs, 3);
  EXPECT_TRUE(flags.check_determinism);
  EXPECT_EQ(flags.args, (std::vector<std::string>{"one", "bug=late"}));
  EXPECT_EQ(flags.run_flags_as_given, (std::vector<std::string>{"--arg=one", "--arg=bug=late"}));
}

TEST(FlagsTest, ABadVariableIsNamed) {
  EXPECT_EQ(ErrorOf({}, {{"REHEARSE_SEED", "x"}}), "REHEARSE_SEED=x: not a value of that variable");
}

TEST(FlagsTest, GoogleTestKeepsItsOwn) {
  std::vector<std::string> arguments = {"program", "--gtest_filter=A.*", "--seeds=3"};
  ASSERT_TRUE(ParseFlags(arguments, [](const char*) -> const char* { return nullptr; }).ok());
  EXPECT_EQ(arguments, (std::vector<std::string>{"program", "--gtest_filter=A.*"}));
}

TEST(FlagsTest, UsageNamesEverything) {
  const std::string usage = Usage("program");
  for (const char* const word :
       {"--seeds=N", "--seed=S", "--jobs=J", "--bug=VALUE", "plants a defect", "default 10",
        "REHEARSE_SEED", "--gtest_filter", "13 nondeterminism"}) {
    EXPECT_NE(usage.find(word), std::string::npos) << word;
  }
}

}  // namespace
}  // namespace rehearse::sim
