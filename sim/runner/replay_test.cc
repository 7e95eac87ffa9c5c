#include "rehearse/sim/runner/replay.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace rehearse::sim {
namespace {

constexpr char kText[] =
    "rehearse replay 1\n"
    "test \"Suite.Name\"\n"
    "seed 0x000000000000002a\n"
    "commit 0123\n"
    "build unknown\n"
    "arg \"bug=no write\"\n"
    "decision \"schedule\" 17 choice 5 = 2\n"
    "decision \"link a>b\" 4 chance 3/1000 = yes\n";

std::string ErrorOf(const std::string& text) {
  return std::string(ParseReplay("f", text).status().message());
}

TEST(ReplayTest, ReadsWhatItWrites) {
  const absl::StatusOr<Replay> replay = ParseReplay("f", kText);
  ASSERT_TRUE(replay.ok()) << replay.status();
  EXPECT_EQ(replay->test, "Suite.Name");
  EXPECT_EQ(replay->seed, 42u);
  EXPECT_EQ(replay->written_by.commit, "0123");
  EXPECT_EQ(replay->args, std::vector<std::string>{"bug=no write"});
  ASSERT_EQ(replay->decisions.size(), 2u);
  EXPECT_EQ(replay->ToString(), kText);
}

TEST(ReplayTest, WhatDoesNotSayWhichBuildItIsOfCanBeWrittenAgain) {
  const absl::StatusOr<Replay> replay = ParseReplay("f", "rehearse replay 1\ntest \"A.B\"\nseed 7");
  ASSERT_TRUE(replay.ok()) << replay.status();
  const absl::StatusOr<Replay> again = ParseReplay("f", replay->ToString());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->written_by.commit, "unknown");
}

TEST(ReplayTest, CommentsEmptyLinesAndOtherOrdersAreFine) {
  const absl::StatusOr<Replay> replay =
      ParseReplay("f", "# why\n\nrehearse replay 1\nseed 7\n  # more\ntest \"A.B\"");
  ASSERT_TRUE(replay.ok()) << replay.status();
  EXPECT_EQ(replay->test, "A.B");
  EXPECT_EQ(replay->seed, 7u);
}

TEST(ReplayTest, WhatIsWrongIsNamedWithLineAndColumn) {
  EXPECT_EQ(ErrorOf(""), "f:1:1: expected rehearse replay 1, found nothing");
  EXPECT_EQ(ErrorOf("rehearse replay 2"), "f:1:17: expected the version 1, found \"2\"");
  EXPECT_EQ(ErrorOf("seed 1"), "f:1:1: expected \"rehearse\", found \"seed\"");
  EXPECT_EQ(ErrorOf("rehearse replay 1\nsed 1"),
            "f:2:1: expected test, seed, commit, build, arg or decision, found \"sed\"");
  EXPECT_EQ(ErrorOf("rehearse replay 1\nseed one"), "f:2:6: expected a seed, found \"one\"");
  EXPECT_EQ(ErrorOf("rehearse replay 1\nseed 1\nseed 2"),
            "f:3:1: expected one line of seed, not two, found \"seed\"");
  EXPECT_EQ(ErrorOf("rehearse replay 1\nseed 1\n"),
            "f:3:1: expected a line of test, found nothing");
  EXPECT_EQ(ErrorOf("rehearse replay 1\ndecision \"a\" 0 choice 3 = 3"),
            "f:2:27: expected one of those that there are, found \"3\"");
}

RC_GTEST_PROP(ReplayProperty, AFileCutOrGarbledIsRefusedOrRead, (const std::string& junk)) {
  std::string text = kText;
  const size_t at = *rc::gen::inRange<size_t>(0, text.size());
  const size_t length = *rc::gen::inRange<size_t>(0, 20);
  text.replace(at, length, junk);
  const absl::StatusOr<Replay> read = ParseReplay("f", text);
  if (!read.ok()) RC_ASSERT(absl::IsInvalidArgument(read.status()));
}

TEST(ReplayTest, AFileIsWrittenAndRead) {
  const std::string path = testing::TempDir() + "/a.replay";
  const Replay replay = *ParseReplay("f", kText);
  ASSERT_TRUE(WriteReplay(path, replay).ok());
  const absl::StatusOr<Replay> read = ReadReplay(path);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->ToString(), kText);
}

TEST(ReplayTest, AFileThatIsNotThereIsNamed) {
  EXPECT_EQ(ReadReplay("/nowhere/a.replay").status().message(),
            "read replay /nowhere/a.replay: No such file or directory");
  EXPECT_EQ(WriteReplay("/nowhere/a.replay", {}).message(),
            "write replay /nowhere/a.replay: No such file or directory");
  EXPECT_FALSE(ReadReplay("/").ok());
}

}  // namespace
}  // namespace rehearse::sim
