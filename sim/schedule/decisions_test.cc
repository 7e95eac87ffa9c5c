#include "rehearse/sim/schedule/decisions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace rehearse::sim {
namespace {

std::vector<uint64_t> Draw(DecisionStream& stream, int count) {
  std::vector<uint64_t> drawn;
  for (int i = 0; i < count; ++i) drawn.push_back(stream.Choose(1000));
  return drawn;
}

std::vector<uint64_t> FirstOf(const Decisions& decisions, absl::string_view name,
                              uint64_t number = 0) {
  DecisionStream stream = decisions.Open(name, number);
  return Draw(stream, 20);
}

TEST(DecisionsTest, AStreamIsItsSeedItsNameAndItsNumber) {
  EXPECT_EQ(FirstOf(Decisions(1), "a"), FirstOf(Decisions(1), "a"));
  EXPECT_NE(FirstOf(Decisions(1), "a"), FirstOf(Decisions(2), "a"));
  EXPECT_NE(FirstOf(Decisions(1), "a"), FirstOf(Decisions(1), "b"));
  EXPECT_NE(FirstOf(Decisions(1), "a"), FirstOf(Decisions(1), "a", 1));
}

TEST(DecisionsTest, ADrawFromOneStreamMovesNoOther) {
  const Decisions decisions(1);
  DecisionStream kept = decisions.Open("kept");
  DecisionStream other = decisions.Open("other");
  std::vector<uint64_t> between;
  for (int i = 0; i < 20; ++i) {
    Draw(other, i % 3);
    between.push_back(Draw(kept, 1).front());
  }
  EXPECT_EQ(between, FirstOf(decisions, "kept"));
}

TEST(DecisionsTest, AChoiceHangsOnItsIndexAlone) {
  const Decisions decisions(1);
  DecisionStream stream = decisions.Open("a");
  const std::vector<uint64_t> all = Draw(stream, 20);
  DecisionStream skipping = decisions.Open("a");
  skipping.Bits();
  skipping.Between(0, 5);
  EXPECT_EQ(skipping.index(), 2u);
  EXPECT_EQ(Draw(skipping, 18), std::vector<uint64_t>(all.begin() + 2, all.end()));
}

TEST(DecisionsTest, WithoutAChoiceNothingIsDecided) {
  DecisionStream stream = Decisions(1).Open("a");
  EXPECT_EQ(stream.Choose(0), 0u);
  EXPECT_EQ(stream.Choose(1), 0u);
  EXPECT_EQ(stream.Between(4, 4), 4);
  EXPECT_FALSE(stream.Chance({0, 5}));
  EXPECT_EQ(stream.index(), 0u);
  stream.Choose(2);
  EXPECT_EQ(stream.index(), 1u);
  EXPECT_TRUE(stream.Chance({5, 5}));
}

// One of each kind.
std::vector<int64_t> DrawEach(DecisionStream& stream) {
  return {static_cast<int64_t>(stream.Choose(10)), stream.Chance({1, 2}) ? 1 : 0,
          stream.Between(-5, 5), static_cast<int64_t>(stream.Bits())};
}

TEST(DecisionsTest, ALogHearsOfEachDecisionAndChangesNone) {
  std::vector<Decision> heard;
  DecisionLog log({}, [&heard](const Decision& decision) { heard.push_back(decision); });
  DecisionStream plain = Decisions(1).Open("a");
  DecisionStream logged = Decisions(1, &log).Open("a");
  const std::vector<int64_t> drawn = DrawEach(plain);
  EXPECT_EQ(DrawEach(logged), drawn);
  ASSERT_EQ(heard.size(), 4u);
  for (size_t i = 0; i < heard.size(); ++i) {
    EXPECT_EQ(heard[i].stream, "a");
    EXPECT_EQ(heard[i].index, i);
    EXPECT_EQ(static_cast<int64_t>(heard[i].chosen), drawn[i]);
  }
  EXPECT_EQ(heard[0].kind, Decision::Kind::kChoice);
  EXPECT_EQ(heard[1].kind, Decision::Kind::kChance);
  EXPECT_EQ(heard[2].kind, Decision::Kind::kBetween);
  EXPECT_EQ(heard[3].kind, Decision::Kind::kBits);
}

TEST(DecisionsTest, AnOverrideChangesItsDecisionAlone) {
  DecisionStream plain = Decisions(1).Open("a");
  const std::vector<uint64_t> drawn = Draw(plain, 20);
  const uint64_t other = (drawn[7] + 1) % 1000;
  DecisionLog log({{.stream = "a", .index = 7, .options = 1000, .chosen = other}}, nullptr);
  DecisionStream changed = Decisions(1, &log).Open("a");
  std::vector<uint64_t> expected = drawn;
  expected[7] = other;
  EXPECT_EQ(Draw(changed, 20), expected);
  EXPECT_TRUE(log.Unapplied().empty());
  DecisionStream elsewhere = Decisions(1, &log).Open("b");
  EXPECT_EQ(Draw(elsewhere, 20), FirstOf(Decisions(1), "b"));
}

TEST(DecisionsTest, AnOverrideThatNoLongerAppliesIsToldAndChangesNothing) {
  DecisionLog log({{.stream = "a", .index = 0, .options = 2000, .chosen = 1500},
                   {.stream = "a", .index = 1, .kind = Decision::Kind::kChance, .odds = {1, 2}},
                   {.stream = "a", .index = 99, .options = 1000, .chosen = 1},
                   {.stream = "gone", .index = 0, .kind = Decision::Kind::kBits}},
                  nullptr);
  DecisionStream stream = Decisions(1, &log).Open("a");
  EXPECT_EQ(Draw(stream, 20), FirstOf(Decisions(1), "a"));
  const std::vector<std::string> told = log.Unapplied();
  ASSERT_EQ(told.size(), 4u);
  EXPECT_THAT(told[0], testing::StartsWith("\"a\" 0 choice 2000 = 1500: no longer applies: the run "
                                           "decides \"a\" 0 choice 1000 = "));
  EXPECT_THAT(told[1], testing::HasSubstr("the run decides \"a\" 1 choice 1000 = "));
  EXPECT_THAT(told[2], testing::EndsWith("the run makes no such decision"));
  EXPECT_THAT(told[3], testing::StartsWith("\"gone\" 0 bits = 0x0: no longer applies"));
}

}  // namespace
}  // namespace rehearse::sim
