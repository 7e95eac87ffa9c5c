// What a full trace costs, which is taken when one seed is played again: a run with it takes some
// twice the processor's time of the same run without, at most.

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/time.h>

#include <algorithm>
#include <string>
#include <vector>

#include "rehearse/sim/hermetic/testing/subprocess.h"

namespace rehearse::sim {
namespace {

constexpr int kRounds = 3;
// 1.8 was measured; other machines, and busy ones, have other ratios.
constexpr double kRatioMax = 2.5;

double ProcessorSeconds() {
  rusage usage;
  getrusage(RUSAGE_CHILDREN, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Of the quickest of some rounds, each of many runs.
double Cost(const std::vector<std::string>& flags) {
  double least = 1e9;
  for (int i = 0; i < kRounds; ++i) {
    std::vector<std::string> command = {
        Runfile("examples/replicated_register/replicated_register_sim_test"), "--seed=0x77",
        "--gtest_repeat=200"};
    command.insert(command.end(), flags.begin(), flags.end());
    const double before = ProcessorSeconds();
    EXPECT_EQ(RunSubprocess(command, {.environment = {"PATH=/usr/bin:/bin"}}).exit_code, 0);
    least = std::min(least, ProcessorSeconds() - before);
  }
  return least;
}

TEST(TraceCostTest, AFullTraceCostsNoMoreThanTheRun) {
  const double plain = Cost({});
  const double traced = Cost({"--trace=" + testing::TempDir() + "/trace"});
  RecordProperty("ratio", std::to_string(traced / plain));
  EXPECT_LT(traced / plain, kRatioMax) << traced << " s with, " << plain << " s without";
}

}  // namespace
}  // namespace rehearse::sim
