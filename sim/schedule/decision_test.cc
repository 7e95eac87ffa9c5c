#include "rehearse/sim/schedule/decision.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "rehearse/sim/schedule/line_cursor.h"

namespace rehearse::sim {
namespace {

absl::StatusOr<Decision> Parse(const std::string& text) {
  LineCursor line(text, 1);
  return ParseDecision(line);
}

TEST(DecisionTest, ReadsWhatItWrites) {
  for (const char* const text :
       {"\"schedule\" 17 choice 5 = 2", "\"link a>b\" 4 chance 3/1000 = yes",
        "\"link a>b\" 5 between -1000 20000 = -7", "\"seed of a/1\" 0 bits = 0xffffffffffffffff"}) {
    const absl::StatusOr<Decision> decision = Parse(text);
    ASSERT_TRUE(decision.ok()) << decision.status();
    EXPECT_EQ(decision->ToString(), text);
  }
}

RC_GTEST_PROP(DecisionProperty, EachComesBackAsItWas, ()) {
  Decision decision;
  decision.stream = *rc::gen::string<std::string>();
  decision.index = *rc::gen::arbitrary<uint64_t>();
  decision.kind = *rc::gen::element(Decision::Kind::kChoice, Decision::Kind::kChance,
                                    Decision::Kind::kBetween, Decision::Kind::kBits);
  if (decision.kind == Decision::Kind::kChoice) {
    decision.options = *rc::gen::inRange<uint64_t>(1, 1000);
    decision.chosen = *rc::gen::inRange<uint64_t>(0, decision.options);
  } else if (decision.kind == Decision::Kind::kChance) {
    decision.odds = {*rc::gen::arbitrary<uint64_t>(), *rc::gen::inRange<uint64_t>(1, 1000)};
    decision.chosen = *rc::gen::inRange<uint64_t>(0, 2);
  } else if (decision.kind == Decision::Kind::kBetween) {
    decision.low = *rc::gen::inRange<int64_t>(-1000, 1000);
    decision.high = *rc::gen::inRange<int64_t>(decision.low, 2000);
    decision.chosen = static_cast<uint64_t>(*rc::gen::inRange(decision.low, decision.high + 1));
  } else {
    decision.chosen = *rc::gen::arbitrary<uint64_t>();
  }
  const std::string text = decision.ToString();
  const absl::StatusOr<Decision> read = Parse(text);
  RC_ASSERT(read.ok());
  RC_ASSERT(read->ToString() == text);
  RC_ASSERT(read->stream == decision.stream && read->chosen == decision.chosen);
}

RC_GTEST_PROP(DecisionProperty, WhateverIsReadEndsInADecisionOrAnError, ()) {
  const std::string text = *rc::gen::container<std::string>(
      rc::gen::element('"', 'a', ' ', '1', '/', '=', '-', 'x', 'c', '\\'));
  const absl::StatusOr<Decision> read = Parse(text);
  if (!read.ok()) RC_ASSERT(absl::IsInvalidArgument(read.status()));
}

TEST(DecisionTest, WhatIsWrongIsNamedWithItsColumn) {
  EXPECT_EQ(Parse("schedule 1 choice 5 = 2").status().message(),
            "1:1: expected a stream's name in quotes, found \"schedule\"");
  EXPECT_EQ(Parse("\"a\" 1 chose 5 = 2").status().message(),
            "1:7: expected choice, chance, between or bits, found \"chose\"");
  EXPECT_EQ(Parse("\"a\" 1 choice 5 = 5").status().message(),
            "1:18: expected one of those that there are, found \"5\"");
  EXPECT_EQ(Parse("\"a\" 1 chance 1/0 = yes").status().message(),
            "1:14: expected odds like 3/1000, found \"1/0\"");
  EXPECT_EQ(Parse("\"a\" 1 chance 1/2 = maybe").status().message(),
            "1:20: expected yes or no, found \"maybe\"");
  EXPECT_EQ(Parse("\"a\" 1 between 1 3 = 4").status().message(),
            "1:21: expected one of those that there are, found \"4\"");
  EXPECT_EQ(Parse("\"a\" 1 bits = 0x1 more").status().message(),
            "1:18: expected the end of the line, found \"more\"");
}

TEST(DecisionTest, FitsWhereTheKindIsTheSameAndTheChoiceIsThere) {
  const Decision choice = {.stream = "a", .index = 1, .options = 5, .chosen = 3};
  EXPECT_TRUE(choice.Fits({.options = 4}));
  EXPECT_FALSE(choice.Fits({.options = 3}));
  EXPECT_FALSE(choice.Fits({.kind = Decision::Kind::kBits}));
  const Decision yes = {.kind = Decision::Kind::kChance, .odds = {1, 1000}, .chosen = 1};
  EXPECT_TRUE(yes.Fits({.kind = Decision::Kind::kChance, .odds = {1, 7}}));
  const Decision length = {
      .kind = Decision::Kind::kBetween, .low = -9, .high = 9, .chosen = static_cast<uint64_t>(-4)};
  EXPECT_TRUE(length.Fits({.kind = Decision::Kind::kBetween, .low = -4, .high = 0}));
  EXPECT_FALSE(length.Fits({.kind = Decision::Kind::kBetween, .low = -3, .high = 0}));
}

}  // namespace
}  // namespace rehearse::sim
