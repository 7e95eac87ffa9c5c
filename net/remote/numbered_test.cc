#include "rehearse/net/remote/numbered.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace rehearse::net {
namespace {

TEST(NumberedTest, NumbersGrowFromOneAndAreNotUsedAgain) {
  Numbered<std::string> asks;
  EXPECT_EQ(asks.Add("a"), 1u);
  EXPECT_EQ(asks.Add("b"), 2u);
  std::string taken;
  EXPECT_TRUE(asks.Take(2, taken));
  EXPECT_EQ(asks.Add("c"), 3u);
  asks.TakeAll();
  EXPECT_EQ(asks.Add("d"), 4u);
}

TEST(NumberedTest, WhatIsTakenOrWasNeverThereIsNotFound) {
  Numbered<std::string> asks;
  std::string taken = "nothing";
  EXPECT_FALSE(asks.Take(0, taken));
  EXPECT_FALSE(asks.Take(1, taken));
  asks.Add("a");
  EXPECT_FALSE(asks.Take(2, taken));
  EXPECT_EQ(taken, "nothing");
  EXPECT_TRUE(asks.Take(1, taken));
  EXPECT_EQ(taken, "a");
  EXPECT_FALSE(asks.Take(1, taken));
}

TEST(NumberedTest, AllThatIsLeftIsTakenInOrder) {
  Numbered<std::string> asks;
  for (const char* text : {"a", "b", "c", "d"}) asks.Add(text);
  std::string taken;
  asks.Take(3, taken);
  asks.Take(1, taken);
  EXPECT_EQ(asks.TakeAll(), std::vector<std::string>({"b", "d"}));
  EXPECT_FALSE(asks.Take(2, taken));
  EXPECT_TRUE(asks.TakeAll().empty());
}

TEST(NumberedTest, WhatIsTakenIsLetGo) {
  Numbered<std::shared_ptr<int>> asks;
  const auto value = std::make_shared<int>(1);
  const uint64_t number = asks.Add(value);
  std::shared_ptr<int> taken;
  asks.Take(number, taken);
  taken.reset();
  EXPECT_EQ(value.use_count(), 1);
}

// Some are taken at once, some late, some never.
TEST(NumberedTest, AgreesWithAMapOverManyRounds) {
  Numbered<int> asks;
  std::map<uint64_t, int> model;
  uint64_t chance = 1;
  for (int i = 0; i < 20000; ++i) {
    chance = chance * 6364136223846793005u + 1442695040888963407u;
    model[asks.Add(i)] = i;
    const uint64_t number = i % 7 == 0 ? 0 : static_cast<uint64_t>(i) + 1 - (chance >> 33) % 50;
    int taken = -1;
    const auto at = model.find(number);
    ASSERT_EQ(asks.Take(number, taken), at != model.end()) << number;
    if (at == model.end()) continue;
    ASSERT_EQ(taken, at->second);
    model.erase(at);
  }
  std::vector<int> left;
  for (const auto& [number, value] : model) left.push_back(value);
  EXPECT_EQ(asks.TakeAll(), left);
}

}  // namespace
}  // namespace rehearse::net
