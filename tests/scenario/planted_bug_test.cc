// The replicated register with a planted bug: its rehearsal finds it, names the seed, and plays it
// again; without the bug the same seeds are good, and so they are without the faults that it takes.
// PLANTED_BUG is its name, RECOVERY how servers come back, and FAMILY those faults, if no others
// do.

#include <gtest/gtest.h>

#include <algorithm>
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

constexpr int kSeedsMax = 2000;
// With the bug and without its family: no fewer than this.
constexpr int kSeedsWithoutMin = 100;

std::string Given(const char* name, const std::string& otherwise) {
  const char* const value = std::getenv(name);
  return value == nullptr ? otherwise : value;
}

std::string BugFlag() { return "--bug=" + Given("PLANTED_BUG", "no-write-back"); }

SubprocessResult Rehearse(std::vector<std::string> flags) {
  flags.insert(flags.begin(),
               {sim::Runfile("examples/replicated_register/replicated_register_sim_test"),
                "--recovery=" + Given("RECOVERY", "none")});
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
  const SubprocessResult found = Rehearse({absl::StrCat("--seeds=", kSeedsMax), BugFlag()});
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

  const std::string family = Given("FAMILY", "");
  if (family.empty()) return;
  const SubprocessResult calm =
      Rehearse({absl::StrCat("--seeds=", std::max(seeds, kSeedsWithoutMin)), BugFlag(),
                absl::StrCat("--without=", family)});
  EXPECT_EQ(calm.exit_code, 0) << calm.out;
}

}  // namespace
}  // namespace rehearse
