#include "net/dice.h"

#include <gtest/gtest.h>

namespace net {
namespace {

TEST(DiceTest, FallTheSameWayForTheSameSeed) {
  EXPECT_EQ(ThrowDice(7, 20), ThrowDice(7, 20));
  EXPECT_NE(ThrowDice(7, 20), ThrowDice(8, 20));
}

TEST(DiceTest, HaveSixSides) {
  for (const int face : ThrowDice(7, 200)) {
    EXPECT_GE(face, 1);
    EXPECT_LE(face, 6);
  }
}

}  // namespace
}  // namespace net
