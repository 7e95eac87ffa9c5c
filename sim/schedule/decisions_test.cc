#include "rehearse/sim/schedule/decisions.h"

#include <gtest/gtest.h>

#include <cstdint>
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
  skipping.random().Next();
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

}  // namespace
}  // namespace rehearse::sim
