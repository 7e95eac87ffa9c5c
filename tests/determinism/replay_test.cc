// Replay files, from end to end: a failing seed of the replicated register is written down, played
// again, and edited.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "rehearse/sim/hermetic/testing/subprocess.h"

namespace rehearse::sim {
namespace {

using testing::HasSubstr;

constexpr int kSafety = 12;

SubprocessResult Play(std::vector<std::string> flags) {
  flags.insert(flags.begin(), Runfile("examples/replicated_register/replicated_register_sim_test"));
  return RunSubprocess(flags, {.environment = {"PATH=/usr/bin:/bin"}});
}

std::string RunOf(const SubprocessResult& played) {
  for (absl::string_view line : absl::StrSplit(played.out, '\n')) {
    if (absl::StartsWith(line, "seed=0x")) return std::string(line);
  }
  return played.out + played.err;
}

class ReplayTest : public testing::Test {
 protected:
  ReplayTest() {
    // Among the first seeds there is one that finds it.
    failed_ = Play({"--seeds=200", "--bug=no-write-back", "--write_replay=" + At("found")});
  }

  static std::string At(const std::string& name) { return testing::TempDir() + "/" + name; }
  static std::string Read(const std::string& name) {
    std::ostringstream text;
    text << std::ifstream(At(name)).rdbuf();
    return text.str();
  }
  // Plays what was found, with more lines.
  static SubprocessResult PlayWith(const std::string& lines) {
    std::ofstream(At("edited")) << Read("found") << lines;
    return Play({"--replay=" + At("edited")});
  }
  static std::vector<std::string> Decisions(absl::string_view stream) {
    std::vector<std::string> found;
    const std::string text = Read("decisions");
    for (absl::string_view line : absl::StrSplit(text, '\n')) {
      if (absl::StartsWith(line, absl::StrCat("\"", stream, "\" "))) found.emplace_back(line);
    }
    return found;
  }

  SubprocessResult failed_;
};

TEST_F(ReplayTest, AFailureIsWrittenDownAndComesAgain) {
  ASSERT_EQ(failed_.exit_code, kSafety) << failed_.out;
  EXPECT_THAT(Read("found"), HasSubstr("arg \"bug=no-write-back\""));
  const SubprocessResult again = Play({"--replay=" + At("found")});
  EXPECT_EQ(again.exit_code, kSafety);
  EXPECT_THAT(again.out, HasSubstr("--replay=" + At("found")));  // in its own REPLAY line
  const SubprocessResult third =
      Play({"--replay=" + At("found"), "--decisions=" + At("decisions")});
  EXPECT_EQ(RunOf(third), RunOf(again));  // who listens changes nothing
}

TEST_F(ReplayTest, WhatTheRunDecidedChangesNothingWhenItIsSaidAgain) {
  const SubprocessResult plain =
      Play({"--replay=" + At("found"), "--decisions=" + At("decisions")});
  std::string lines;
  for (const char* const stream : {"schedule", "plan", "swarm links", "seed of server-1/1"}) {
    const std::vector<std::string> decisions = Decisions(stream);
    EXPECT_FALSE(decisions.empty()) << stream;
    for (const std::string& decision : decisions) {
      absl::StrAppend(&lines, "decision ", decision, "\n");
    }
  }
  const SubprocessResult told = PlayWith(lines);
  EXPECT_EQ(RunOf(told), RunOf(plain));
  EXPECT_THAT(told.out, testing::Not(HasSubstr("no longer applies")));
}

TEST_F(ReplayTest, WithoutItsFaultsTheRunIsGood) {
  (void)Play({"--replay=" + At("found"), "--decisions=" + At("decisions")});
  std::string lines;
  for (const std::string& fault : Decisions("plan")) {
    absl::StrAppend(&lines, "decision ", absl::StrReplaceAll(fault, {{"= yes", "= no"}}), "\n");
  }
  const SubprocessResult calm = PlayWith(lines);
  EXPECT_EQ(calm.exit_code, 0) << calm.out;
}

TEST_F(ReplayTest, OneChangedDecisionIsAnotherRun) {
  (void)Play({"--replay=" + At("found"), "--decisions=" + At("decisions")});
  const std::vector<std::string> schedule = Decisions("schedule");
  ASSERT_GT(schedule.size(), 100u);
  const std::string& decision = schedule[100];
  const std::string changed =
      decision.substr(0, decision.rfind(' ')) + (absl::EndsWith(decision, " 0") ? " 1" : " 0");
  EXPECT_NE(RunOf(PlayWith("decision " + changed + "\n")),
            RunOf(Play({"--replay=" + At("found")})));
}

TEST_F(ReplayTest, WhatNoLongerAppliesIsReportedAndChangesNothing) {
  const SubprocessResult told = PlayWith(
      "decision \"schedule\" 0 bits = 0x1\n"
      "decision \"link server-9>client-1\" 0 chance 1/2 = yes\n");
  EXPECT_THAT(told.out, HasSubstr("decision \"schedule\" 0 bits = 0x1: no longer applies: the run "
                                  "decides \"schedule\" 0 choice "));
  EXPECT_THAT(told.out, HasSubstr("no longer applies: the run makes no such decision"));
  EXPECT_EQ(RunOf(told), RunOf(Play({"--replay=" + At("found")})));
}

TEST(PlanFileTest, APlanTakesTheSwarmsPlace) {
  const std::string path = testing::TempDir() + "/plan";
  std::ofstream(path) << "1s partition server-1 | server-2 server-3\n3s heal\n";
  const SubprocessResult planned = Play({"--seeds=2", "--plan=" + path, "--trace=/dev/stdout"});
  EXPECT_EQ(planned.exit_code, 0) << planned.out;
  EXPECT_THAT(planned.out, HasSubstr("planned: 1s partition server-1 | server-2 server-3"));
  EXPECT_THAT(planned.out, testing::Not(HasSubstr("links")));
}

TEST(PlanFileTest, ABadPlanIsAUsageErrorThatSaysWhere) {
  const std::string path = testing::TempDir() + "/plan";
  std::ofstream(path) << "1s explode server-1\n";
  const SubprocessResult bad = Play({"--plan=" + path});
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_THAT(bad.err, HasSubstr(path + ":1:4: expected crash, restart"));
  EXPECT_EQ(Play({"--plan=/nowhere"}).exit_code, 2);
}

TEST(PlanFileTest, ANodeThatIsNotThereFailsTheSeed) {
  const std::string path = testing::TempDir() + "/plan";
  std::ofstream(path) << "1s pause server-9\n";
  const SubprocessResult lost = Play({"--seeds=1", "--plan=" + path});
  EXPECT_EQ(lost.exit_code, kSafety);
  EXPECT_THAT(lost.out, HasSubstr("the fault \"1s pause server-9\" names server-9, which is no "
                                  "node of this world"));
}

TEST_F(ReplayTest, AFileOfAnotherBuildSaysSo) {
  std::ofstream(At("edited")) << "rehearse replay 1\ntest "
                                 "\"ReplicatedRegister.IsLinearizableUnderSwarmFaults\"\nseed "
                                 "1\ncommit 0123\nbuild 4567\n";
  const SubprocessResult other = Play({"--replay=" + At("edited")});
  EXPECT_EQ(other.exit_code, 0) << other.out;
  EXPECT_THAT(other.out, HasSubstr("replay: written at commit 0123 by build 4567; this is build "));
}

TEST_F(ReplayTest, BadFilesAreUsageErrorsThatSayWhere) {
  const SubprocessResult wrong = PlayWith("decision \"schedule\" 0 bts = 0x1\n");
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("edited:7:23: expected choice, chance, between or bits"));
  std::ofstream(At("edited")) << "rehearse replay 1\ntest \"No.Such\"\nseed 1\n";
  const SubprocessResult unknown = Play({"--replay=" + At("edited")});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("there is no test No.Such in this program"));
  EXPECT_EQ(Play({"--replay=/nowhere"}).exit_code, 2);
  EXPECT_EQ(Play({"--replay=" + At("found"), "--seed=1"}).exit_code, 2);
  EXPECT_EQ(Play({"--decisions=" + At("decisions")}).exit_code, 2);
}

}  // namespace
}  // namespace rehearse::sim
