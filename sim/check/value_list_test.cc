#include "rehearse/sim/check/value_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rehearse::sim {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ValueListTest, SpellsLengthsAndBytes) {
  EXPECT_EQ(ValueList({}), "");
  EXPECT_EQ(ValueList({"a", "bc"}), "1:a2:bc");
  EXPECT_EQ(ValueList({"", "3:x"}), "0:3:3:x");
}

TEST(ValueListTest, GivesBackWhatItWasMadeOf) {
  const std::vector<std::string> values = {"", ":", "12:", std::string("\0\xff", 2), "plain"};
  EXPECT_EQ(ValuesOf(ValueList(values)), values);
}

TEST(ValueListTest, StopsWhereItIsNoList) {
  EXPECT_THAT(ValuesOf("1:a2:b"), ElementsAre("a"));
  EXPECT_THAT(ValuesOf("no list"), IsEmpty());
  EXPECT_THAT(ValuesOf("-1:a"), IsEmpty());
  EXPECT_THAT(ValuesOf("99999999999999999999:a"), IsEmpty());
}

}  // namespace
}  // namespace rehearse::sim
