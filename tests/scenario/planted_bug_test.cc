// The replicated register with a planted bug: its rehearsal finds it, names the seed, and plays it
// again; without the bug the same seeds are good. The bug's name is in PLANTED_BUG.

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "rehearse/sim/hermetic/testing/subprocess.h"

namespace rehearse {
namespace {

using sim::SubprocessResult;

// One seed in twenty finds no-write-back, one in two hundred forget-on-restart.
constexpr int kSeedsMax = 2000;

std::string Bug() {
  const char* const bug = std::getenv("PLANTED_BUG");
  return bug == nullptr ? "no-write-back" : bug;
}

SubprocessResult Rehearse(std::vector<std::string> flags) {
  flags.insert(flags.begin(),
               sim::Runfile("examples/replicated_register/replicated_register_sim_test"));
  return sim::RunSubprocess(flags, {.environment = {"PATH=/usr/bin:/bin"}});
}

// The rest of the line that begins so.
std::string After(const std::string& begin, const std::string& text) {
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (absl::ConsumePrefix(&line, begin)) return std::string(line);
  }
  return "";
}

TEST(PlantedBugTest, IsFoundAndReplaysAndNothingElseIsThere) {
  const SubprocessResult found =
      Rehearse({absl::StrCat("--seeds=", kSeedsMax), absl::StrCat("--bug=", Bug())});
  ASSERT_EQ(found.exit_code, 12) << found.out << found.err;
  const std::string run = After("virtual time: ", found.out);
  EXPECT_NE(run.find("hash 0x"), std::string::npos) << found.out;

  const SubprocessResult again = sim::RunSubprocess({"/bin/sh", "-c", After("REPLAY: ", found.out)},
                                                    {.environment = {"PATH=/usr/bin:/bin"}});
  EXPECT_EQ(again.exit_code, 12) << again.out << again.err;
  EXPECT_EQ(After("seed: ", again.out), After("seed: ", found.out));
  EXPECT_EQ(After("virtual time: ", again.out), run);

  const std::string total = After("TOTAL: ", found.out);
  int seeds = 0;
  ASSERT_TRUE(absl::SimpleAtoi(total.substr(0, total.find(' ')), &seeds)) << total;
  const SubprocessResult without = Rehearse({absl::StrCat("--seeds=", seeds)});
  EXPECT_EQ(without.exit_code, 0) << without.out;
}

}  // namespace
}  // namespace rehearse
