#include "rehearse/actor/provisions.h"

#include <gtest/gtest.h>

#include "rehearse/actor/testing/test_node.h"

namespace rehearse {
namespace {

struct Lamp {};
struct Stove {};

TEST(ProvisionsTest, EachIsFoundByItsTypeAlone) {
  Provisions provisions;
  Lamp lamp;
  Stove stove;
  EXPECT_EQ(provisions.Find<Lamp>(), nullptr);
  provisions.Provide(lamp);
  EXPECT_EQ(provisions.Find<Lamp>(), &lamp);
  EXPECT_EQ(provisions.Find<Stove>(), nullptr);
  provisions.Provide(stove);
  EXPECT_EQ(provisions.Find<Lamp>(), &lamp);
  EXPECT_EQ(provisions.Find<Stove>(), &stove);
}

TEST(ProvisionsTest, ASecondOneTakesThePlaceOfTheFirst) {
  Provisions provisions;
  Lamp first;
  Lamp second;
  provisions.Provide(first);
  provisions.Provide(second);
  EXPECT_EQ(provisions.Find<Lamp>(), &second);
}

TEST(ProvisionsTest, ANodeHandsOutWhatItWasGiven) {
  Lamp lamp;
  TestNode node;
  node->Provide(lamp);
  node.Run([&] { EXPECT_EQ(CurrentNode().Find<Lamp>(), &lamp); });
  EXPECT_EQ(node->Find<Stove>(), nullptr);
}

}  // namespace
}  // namespace rehearse
