// One seed of an example, drawn by the runner.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "rehearse/sim/hermetic/testing/subprocess.h"
#include "rehearse/tests/observe/drawn_arrows.h"
#include "rehearse/tests/observe/json_value.h"

namespace rehearse {
namespace {

sim::SubprocessResult Play(const std::vector<std::string>& flags) {
  std::vector<std::string> words = {sim::Runfile("examples/counter/counter_sim_test")};
  words.insert(words.end(), flags.begin(), flags.end());
  return sim::RunSubprocess(words);
}

TEST(PerfettoFlagTest, DrawsASeedWithArrowsBetweenItsNodes) {
  const std::string path = testing::TempDir() + "/seed.json";
  const sim::SubprocessResult run = Play({"--seed=0x2a", "--perfetto=" + path});
  ASSERT_EQ(run.exit_code, 0) << run.out << run.err;
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  const std::optional<JsonValue> events = ParseJson(text.str());
  ASSERT_TRUE(events.has_value()) << text.str();
  const std::vector<DrawnArrow> asked = DrawnArrows(events->items).To("examples::counter::Inc");
  ASSERT_GE(asked.size(), 3u) << text.str();
  for (const DrawnArrow& arrow : asked) {
    EXPECT_EQ(arrow.from.process, "client");
    EXPECT_EQ(arrow.from.name, "send examples::counter::Inc");
    EXPECT_EQ(arrow.to.process, "server");
  }
}

TEST(PerfettoFlagTest, ASeedThatIsDrawnTakesTheSameCourse) {
  const std::string flag = "--perfetto=" + testing::TempDir() + "/course.json";
  const std::string plain = Play({"--seed=7"}).out;
  const std::string drawn = Play({"--seed=7", flag}).out;
  // All that is said of the run but its hash.
  const auto course = [](const std::string& out) {
    const size_t at = std::min(out.find(" events="), out.size());
    return out.substr(at, out.find('\n', at) - at);
  };
  ASSERT_TRUE(absl::StrContains(course(plain), " virtual=")) << plain;
  EXPECT_EQ(course(drawn), course(plain));
}

TEST(PerfettoFlagTest, AFileThatCannotBeWrittenIsAUsageError) {
  const sim::SubprocessResult run = Play({"--seed=1", "--perfetto=/nonexistent/file"});
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_TRUE(absl::StrContains(run.err, "write drawing /nonexistent/file: No such file"))
      << run.err;
}

}  // namespace
}  // namespace rehearse
