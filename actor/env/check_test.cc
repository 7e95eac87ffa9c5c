#include "rehearse/actor/env/check.h"

#include <gtest/gtest.h>

namespace rehearse {
namespace {

class SeedContext : public CheckContext {
 public:
  std::string Describe() const override { return "seed=0x2a node=server-1 virtual=1.5s"; }
};

TEST(CheckDeathTest, NamesTheConditionTheReasonAndTheRun) {
  EXPECT_DEATH(
      {
        SeedContext context;
        REHEARSE_CHECK(1 + 1 == 3, "arithmetic broke");
      },
      "check failed: 1 \\+ 1 == 3: arithmetic broke; seed=0x2a node=server-1 virtual=1.5s");
}

TEST(CheckTest, EvaluatesTheExplanationOnFailureOnly) {
  int evaluated = 0;
  REHEARSE_CHECK(true, (++evaluated, "unused"));
  EXPECT_EQ(evaluated, 0);
}

}  // namespace
}  // namespace rehearse
