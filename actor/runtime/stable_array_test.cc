#include "rehearse/actor/runtime/stable_array.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace rehearse {
namespace {

TEST(StableArrayTest, EachIndexIsAPlaceOfItsOwn) {
  StableArray<uint32_t> array;
  while (array.size() < 100000) array.Grow();
  for (uint32_t i = 0; i < array.size(); ++i) array[i] = i;
  for (uint32_t i = 0; i < array.size(); ++i) ASSERT_EQ(array[i], i);
}

TEST(StableArrayTest, ElementsStayWhereTheyAre) {
  StableArray<uint32_t> array;
  array.Grow();
  const uint32_t* const first = &array[0];
  const uint32_t* const last = &array[array.size() - 1];
  array.Grow();
  array.Grow();
  EXPECT_EQ(first, &array[0]);
  EXPECT_EQ(last, &array[StableArray<uint32_t>::kFirstChunk - 1]);
}

TEST(StableArrayTest, HasRoomForMillionsAndBeginsSmall) {
  StableArray<char> array;
  EXPECT_EQ(array.size(), 0u);
  array.Grow();
  EXPECT_EQ(array.size(), StableArray<char>::kFirstChunk);
  while (array.size() < StableArray<char>::kSizeMax) array.Grow();
  array[array.size() - 1] = 'x';
  EXPECT_GE(array.size(), 4'000'000u);
}

}  // namespace
}  // namespace rehearse
