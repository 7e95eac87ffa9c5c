// Marks over a campaign: what breaks them fails a seed, what never comes about fails the campaign.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "rehearse/sim/hermetic/testing/subprocess.h"

namespace rehearse::sim {
namespace {

using testing::HasSubstr;
using testing::Not;

SubprocessResult Play(std::vector<std::string> flags) {
  flags.insert(flags.begin(), Runfile("tests/scenario/marked"));
  return RunSubprocess(flags, {.environment = {"PATH=/usr/bin:/bin"}});
}

TEST(MarksTest, ACampaignSaysWhatNoRunHasMet) {
  const SubprocessResult played = Play({"--seeds=200"});
  EXPECT_EQ(played.exit_code, 0) << played.out;
  EXPECT_THAT(played.out, HasSubstr("MARKS: 3 of 5 met\n"
                                    "in no run: tests/scenario/marked.cc:30 REHEARSE_SOMETIMES "
                                    "\"the number is eleven\"\n"
                                    "in no run: tests/scenario/marked.cc:32 REHEARSE_REACHABLE "
                                    "\"the number is large\"\n"));
}

TEST(MarksTest, AskedForOrAfterAThousandSeedsItFails) {
  EXPECT_EQ(Play({"--seeds=20", "--require_marks"}).exit_code, 1);
  EXPECT_EQ(Play({"--seeds=999", "--check_every=0"}).exit_code, 0);
  EXPECT_EQ(Play({"--seeds=1000", "--check_every=0", "--jobs=2"}).exit_code, 1);
}

TEST(MarksTest, HowManyProcessesPlayChangesNothing) {
  const auto marks = [](const SubprocessResult& played) {
    return played.out.substr(played.out.find("MARKS: "));
  };
  const std::string one = marks(Play({"--seeds=30", "--jobs=1"}));
  EXPECT_THAT(one, HasSubstr("MARKS: "));
  EXPECT_EQ(marks(Play({"--seeds=30", "--jobs=3"})), one);
}

TEST(MarksTest, OneSeedInItsOwnProcessIsCountedToo) {
  const SubprocessResult one = Play({"--seed=1"});
  EXPECT_EQ(one.exit_code, 0);
  EXPECT_THAT(one.out, HasSubstr("MARKS: 1 of 5 met"));
}

TEST(MarksTest, ABrokenAlwaysFailsItsSeedAndIsNamed) {
  const SubprocessResult broken = Play({"--seeds=50", "--break=always"});
  EXPECT_EQ(broken.exit_code, 12);
  EXPECT_THAT(broken.out, HasSubstr("tests/scenario/marked.cc:27 REHEARSE_ALWAYS \"the number is "
                                    "small\" was broken on node"));
  EXPECT_THAT(broken.out, HasSubstr("REPLAY: "));
}

TEST(MarksTest, AnUnreachableThatIsMetFailsItsSeedAndIsNamed) {
  const SubprocessResult met = Play({"--seeds=100", "--break=unreachable"});
  EXPECT_EQ(met.exit_code, 12);
  EXPECT_THAT(met.out, HasSubstr("REHEARSE_UNREACHABLE \"the number is nine\" was broken on node"));
}

}  // namespace
}  // namespace rehearse::sim
