#include "rehearse/sim/runner/report.h"

#include <gtest/gtest.h>

namespace rehearse::sim {
namespace {

SimTest Planted() { return {"Suite", "Name", "suite_test.cc", 12, nullptr}; }

RunResult Failed() {
  RunResult result;
  result.verdict = Verdict::kSafety;
  result.reason = "expected a == b\ngot 1 and 2";
  result.hash = 0xab;
  result.events = 2;
  result.virtual_time = Instant::FromNanos(1'500'000'000);
  result.last_events = {"0.1s one", "0.2s two"};
  result.explanation = "because\nof this\n";
  return result;
}

TEST(ReportTest, ABlockHasItsFixedForm) {
  EXPECT_EQ(FailureBlock({"bazel-bin/suite_test", {"--bug=late"}}, Planted(), 0x1f, Failed()),
            "A SEED FAILED\n"
            "test:         Suite.Name\n"
            "seed:         0x000000000000001f\n"
            "verdict:      safety\n"
            "virtual time: 1.500000000s, 2 events, hash 0x00000000000000ab\n"
            "reason:       expected a == b\n"
            "              got 1 and 2\n"
            "explanation:\n"
            "  because\n"
            "  of this\n"
            "last events:\n"
            "  0.1s one\n"
            "  0.2s two\n"
            "REPLAY: bazel-bin/suite_test --gtest_filter=Suite.Name --seed=0x000000000000001f "
            "--bug=late\n");
}

TEST(ReportTest, WhatIsEmptyIsLeftOut) {
  RunResult result = Failed();
  result.explanation.clear();
  result.last_events.clear();
  const std::string block = FailureBlock({"t", {}}, Planted(), 1, result);
  EXPECT_EQ(block.find("explanation"), std::string::npos);
  EXPECT_EQ(block.find("last events"), std::string::npos);
}

TEST(ReportTest, TheShellSeesTheWordsThatWereMeant) {
  EXPECT_EQ(
      ReplayCommand({"/tmp/my tests/t", {"--arg=it's; rm -rf *", "--arg="}}, Planted(), 1, true),
      "'/tmp/my tests/t' --gtest_filter=Suite.Name --seed=0x0000000000000001 "
      "--check_determinism '--arg=it'\\''s; rm -rf *' --arg=");
}

TEST(ReportTest, UnderBazelTheProgramIsFoundFromTheWorkspace) {
  EXPECT_EQ(ProgramPath("/sandbox/x.runfiles/w/sim/a_test", "sim/a_test"), "bazel-bin/sim/a_test");
  EXPECT_EQ(ProgramPath("./a_test", nullptr), "./a_test");
  EXPECT_EQ(ProgramPath("./a_test", ""), "./a_test");
}

TEST(ReportTest, ARunsLineHasItsFixedForm) {
  EXPECT_EQ(RunLine(Planted(), 1, Failed()),
            "seed=0x0000000000000001 hash=0x00000000000000ab events=2 virtual=1.500000000s "
            "verdict=safety Suite.Name");
}

TEST(TotalsTest, SumsUp) {
  Totals totals;
  totals.Add(Failed());
  totals.Add(RunResult());
  Totals twice;
  twice.Add(totals);
  twice.Add(totals);
  EXPECT_EQ(twice.ToString(absl::Seconds(2)),
            "4 seeds, 2 failures, 3.000 virtual s, 4 events in 2.000 s: 2.0 seeds/s, 2 events/s");
}

}  // namespace
}  // namespace rehearse::sim
