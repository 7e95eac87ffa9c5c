#include "rehearse/sim/hermetic/reexec.h"

#include <gtest/gtest.h>

#include <string>

#include "rehearse/sim/hermetic/run_memory.h"
#include "rehearse/sim/hermetic/testing/subprocess.h"

namespace rehearse::sim {
namespace {

std::string Probe(const SubprocessOptions& options, const std::string& argument = "plain") {
  return RunSubprocess({Runfile("sim/hermetic/testing/probe"), argument}, options).out;
}

std::string LineOf(const std::string& text, const std::string& begin) {
  const size_t at = text.find(begin);
  return at == std::string::npos ? "" : text.substr(at, text.find('\n', at) - at);
}

class ReexecTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!RunMemoryInForce()) GTEST_SKIP() << "a sanitizer places memory itself";
  }
};

TEST_F(ReexecTest, TwoProcessesAreEqualToTheLastAddress) {
  const std::string first = Probe({});
  EXPECT_EQ(LineOf(first, "hermetic"), "hermetic: OK");
  EXPECT_EQ(LineOf(first, "hooks"), "hooks: OK");
  EXPECT_EQ(first, Probe({}));
}

TEST_F(ReexecTest, NeitherEnvironmentNorArgumentsNorLimitsMoveAnything) {
  const std::string plain = Probe({});
  EXPECT_EQ(plain, Probe({.environment = {"LEAKED=" + std::string(5000, 'x'), "TZ=Asia/Tokyo"}}));
  EXPECT_EQ(plain, Probe({}, std::string(3000, 'y')));
  EXPECT_EQ(plain, Probe({.stack_bytes = size_t{6} << 20}));
  EXPECT_EQ(plain, Probe({.stack_bytes = size_t{64} << 20}));
}

TEST_F(ReexecTest, AProcessThatIsPlacedAlreadyGivesTheSame) {
  const std::string probe = Runfile("sim/hermetic/testing/probe");
  EXPECT_EQ(Probe({}), RunSubprocess({"/usr/bin/setarch", "-R", probe}).out);
}

TEST_F(ReexecTest, PerturbedRunsLieElsewhere) {
  EXPECT_NE(LineOf(Probe({}), "executable"), LineOf(Probe({}, "perturbed"), "executable"));
  EXPECT_EQ(Probe({}, "perturbed"), Probe({}, "perturbed"));
}

TEST_F(ReexecTest, TheEnvironmentIsWhatTestsNeed) {
  const std::string text = Probe({.environment = {"LEAKED=1", "TEST_KEPT=2", "TZ=Asia/Tokyo"}});
  EXPECT_EQ(LineOf(text, "TZ="), "TZ=UTC0");
  EXPECT_EQ(LineOf(text, "LC_ALL="), "LC_ALL=C");
  EXPECT_EQ(LineOf(text, "LEAKED="), "LEAKED=(unset)");
  EXPECT_EQ(LineOf(text, "TEST_KEPT="), "TEST_KEPT=2");
  EXPECT_EQ(LineOf(text, "REHEARSE_REEXECUTED="), "REHEARSE_REEXECUTED=(unset)");
}

TEST_F(ReexecTest, ARefusalIsSaidAndTheProcessGoesOn) {
  const std::string text = Probe({.environment = {"LEAKED=1"}, .refuse_personality = true});
  EXPECT_EQ(LineOf(text, "hermetic"),
            "hermetic: PERMISSION_DENIED: personality(ADDR_NO_RANDOMIZE): Operation not permitted");
  EXPECT_EQ(LineOf(text, "LEAKED="), "LEAKED=(unset)");
  EXPECT_NE(LineOf(text, "executable"), "");
}

TEST_F(ReexecTest, AnAcceptanceWithoutEffectIsARefusalAndNoLoop) {
  // A second process that is not placed, as if the host had ignored the first one's wish.
  const std::string text = Probe({.environment = {"REHEARSE_REEXECUTED=1"}});
  EXPECT_NE(LineOf(text, "hermetic").find("had no effect"), std::string::npos) << text;
}

TEST(KeptInEnvironmentTest, KnowsNamesByTheirBegin) {
  EXPECT_TRUE(KeptInEnvironment("TEST_TMPDIR=/tmp"));
  EXPECT_TRUE(KeptInEnvironment("REHEARSE_SEED=7"));
  EXPECT_TRUE(KeptInEnvironment("PATH=/bin"));
  EXPECT_FALSE(KeptInEnvironment("PATHS=/bin"));
  EXPECT_FALSE(KeptInEnvironment("USER=me"));
  EXPECT_FALSE(KeptInEnvironment("no equals sign"));
  EXPECT_FALSE(KeptInEnvironment("=C:"));
}

}  // namespace
}  // namespace rehearse::sim
