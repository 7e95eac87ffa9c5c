// Workers on CPUs of their own, for real.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "rehearse/actor/runtime/posix/cpus.h"
#include "tests/integration/child_process.h"

namespace rehearse {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(20);
constexpr char kBinary[] = "tests/integration/pinned_node";

class PinUsageTest : public testing::Test {
 public:
  void SetUp() override {
    if (cpus_.size() < 2) GTEST_SKIP() << "this host lets us have one CPU";
  }
  // What the node says.
  std::string RunWith(const std::string& pin, int exit_code) {
    ChildProcess node({kBinary, "--workers=2", pin});
    EXPECT_EQ(node.Finish(kPatience), exit_code) << node.err();
    return node.err();
  }
  static std::string Pinned(int worker, int cpu) {
    return absl::StrCat("worker ", worker, " on ", cpu, " of ", cpu, ".");
  }

  const std::vector<int> cpus_ = AllowedCpus();
};

TEST_F(PinUsageTest, AutoTakesTheFirstThatTheProcessMayUse) {
  const std::string said = RunWith("--pin=auto", 0);
  EXPECT_TRUE(absl::StrContains(said, Pinned(0, cpus_[0]))) << said;
  EXPECT_TRUE(absl::StrContains(said, Pinned(1, cpus_[1]))) << said;
}

TEST_F(PinUsageTest, AListIsInTheOrderOfTheWorkers) {
  const std::string said = RunWith(absl::StrCat("--pin=", cpus_[1], ",", cpus_[0]), 0);
  EXPECT_TRUE(absl::StrContains(said, Pinned(0, cpus_[1]))) << said;
  EXPECT_TRUE(absl::StrContains(said, Pinned(1, cpus_[0]))) << said;
}

TEST_F(PinUsageTest, NoneLeavesThemAll) {
  const std::string said = RunWith("--pin=none", 0);
  EXPECT_TRUE(absl::StrContains(said, absl::StrCat(" of ", absl::StrJoin(cpus_, ","), ".")))
      << said;
}

TEST_F(PinUsageTest, WhatCannotBeIsToldBeforeAnythingRuns) {
  const std::string few = RunWith(absl::StrCat("--pin=", cpus_[0]), 1);
  EXPECT_TRUE(absl::StrContains(few, "2 workers want a CPU each, and there are 1")) << few;
  const std::string foreign = RunWith(absl::StrCat("--pin=", cpus_[0], ",1023"), 1);
  EXPECT_TRUE(absl::StrContains(foreign, "CPU 1023 is none of those")) << foreign;
}

}  // namespace
}  // namespace rehearse
