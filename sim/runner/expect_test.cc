#include "rehearse/sim/runner/expect.h"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <stdexcept>
#include <vector>

#include "rehearse/sim/runner/assertion.h"
#include "rehearse/sim/runner/google_test_capture.h"

namespace rehearse::sim {
namespace {

// A seed that plays on this thread, as far as claims can tell.
class Seed {
 public:
  std::vector<std::string> failures;

 private:
  FailureSink sink_{[this](Verdict verdict, const std::string& reason) {
    EXPECT_EQ(verdict, Verdict::kSafety);
    failures.push_back(reason.substr(reason.find(": ") + 2));
  }};
};

TEST(ExpectTest, ATrueClaimSaysNothingAndEvaluatesNothingElse) {
  Seed seed;
  int evaluated = 0;
  REHEARSE_EXPECT(true) << ++evaluated;
  REHEARSE_REQUIRE(true) << ++evaluated;
  REHEARSE_EXPECT_EQ(1, 1) << ++evaluated;
  EXPECT_EQ(evaluated, 0);
  EXPECT_TRUE(seed.failures.empty());
}

TEST(ExpectTest, AFalseClaimSaysWhatAndWhy) {
  Seed seed;
  const int total = 41;
  REHEARSE_EXPECT(total == 42) << "off by " << 42 - total;
  REHEARSE_EXPECT(total == 43);
  EXPECT_EQ(seed.failures,
            (std::vector<std::string>{"expected total == 42: off by 1", "expected total == 43"}));
}

TEST(ExpectTest, ComparisonsShowBothSides) {
  Seed seed;
  const std::string word = "word";
  const std::vector<int> numbers = {1, 2};
  REHEARSE_EXPECT_EQ(word, "other") << "more";
  REHEARSE_EXPECT_EQ(numbers, (std::vector<int>{3}));
  REHEARSE_EXPECT_LT(numbers.size(), 2u);
  EXPECT_EQ(seed.failures, (std::vector<std::string>{
                               "expected word == \"other\"; got \"word\" and \"other\": more",
                               "expected numbers == (std::vector<int>{3}); got { 1, 2 } and { 3 }",
                               "expected numbers.size() < 2u; got 2 and 2"}));
}

TEST(ExpectTest, ComparisonsHoldOnTheirSideOfTheEdge) {
  Seed seed;
  REHEARSE_EXPECT_NE(1, 2);
  REHEARSE_EXPECT_LE(2, 2);
  REHEARSE_EXPECT_GE(2, 2);
  REHEARSE_EXPECT_GT(3, 2);
  REHEARSE_EXPECT_LT(1, 2);
  EXPECT_TRUE(seed.failures.empty());
}

TEST(ExpectTest, ComparisonsEvaluateEachSideOnce) {
  Seed seed;
  int left = 0;
  int right = 0;
  REHEARSE_EXPECT_EQ(++left, ++right);
  REHEARSE_EXPECT_NE(++left, ++right);
  EXPECT_EQ(left, 2);
  EXPECT_EQ(right, 2);
}

TEST(ExpectTest, ARequirementIsToldAndThrown) {
  Seed seed;
  const int leaders = 2;
  EXPECT_THROW(REHEARSE_REQUIRE(leaders == 1) << "split brain", RequirementFailed);
  EXPECT_EQ(seed.failures, (std::vector<std::string>{"required leaders == 1: split brain"}));
}

TEST(ExpectTest, AnElseAfterAClaimIsTheCallers) {
  Seed seed;
  bool other = false;
  if (seed.failures.empty())
    REHEARSE_EXPECT(true);
  else
    other = true;
  EXPECT_FALSE(other);
}

TEST(ExpectTest, TheInnermostSeedFails) {
  Seed outer;
  {
    Seed inner;
    REHEARSE_EXPECT(false);
    EXPECT_EQ(inner.failures.size(), 1u);
  }
  EXPECT_TRUE(outer.failures.empty());
}

TEST(ExpectTest, OutsideOfASeedGoogleTestHears) {
  EXPECT_NONFATAL_FAILURE(REHEARSE_EXPECT(1 == 2) << "why", "expected 1 == 2: why");
}

TEST(GoogleTestCaptureTest, GoogleTestsOwnClaimsFailTheSeed) {
  Seed seed;
  const GoogleTestCapture capture;
  EXPECT_EQ(1, 2) << "told to the seed";
  [] { ASSERT_TRUE(false); }();
  SUCCEED();
  ASSERT_EQ(seed.failures.size(), 2u);
  EXPECT_NE(seed.failures[0].find("told to the seed"), std::string::npos);
}

template <typename Thrown>
std::exception_ptr Pointer(const Thrown& thrown) {
  return std::make_exception_ptr(thrown);
}

TEST(AssertionTextTest, KnowsATestsOwnWord) {
  EXPECT_EQ(AssertionText(Pointer(RequirementFailed{"text"})), "text");
  try {
    RC_ASSERT(1 == 2);
  } catch (...) {
    const std::optional<std::string> text = AssertionText(std::current_exception());
    ASSERT_TRUE(text.has_value());
    EXPECT_NE(text->find("1 == 2"), std::string::npos) << *text;
  }
}

TEST(AssertionTextTest, LeavesPanicsAlone) {
  EXPECT_EQ(AssertionText(Pointer(std::runtime_error("a panic"))), std::nullopt);
  EXPECT_EQ(AssertionText(Pointer(42)), std::nullopt);
}

TEST(AssertionTextTest, AnythingElseThatLeavesATestIsACrash) {
  EXPECT_EQ(VerdictOf(Pointer(RequirementFailed{"text"})).verdict, Verdict::kSafety);
  const ThrownVerdict thrown = VerdictOf(Pointer(std::out_of_range("index 7")));
  EXPECT_EQ(thrown.verdict, Verdict::kCrash);
  EXPECT_EQ(thrown.reason, "the test threw std::out_of_range: index 7");
  EXPECT_EQ(VerdictOf(Pointer(42)).verdict, Verdict::kCrash);
}

}  // namespace
}  // namespace rehearse::sim
