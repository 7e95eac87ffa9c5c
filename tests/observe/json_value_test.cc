#include "rehearse/tests/observe/json_value.h"

#include <gtest/gtest.h>

namespace rehearse {
namespace {

TEST(JsonValueTest, ReadsEachKind) {
  const auto value = ParseJson(R"( {"a":[1,-2.5e1,"x\"\\"],"b":{"c":true,"d":null}} )");
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ((*value)["a"].items[1].number, -25);
  EXPECT_EQ((*value)["a"].items[2].text, "x\"\\");
  EXPECT_EQ((*value)["b"]["c"].number, 1);
  EXPECT_EQ((*value)["b"]["d"].kind, JsonValue::Kind::kNull);
  EXPECT_EQ((*value)["none"].kind, JsonValue::Kind::kNull);
}

TEST(JsonValueTest, RefusesWhatIsNoJson) {
  for (const char* const bad :
       {"", "[", "[1,]", "{\"a\"}", "{a:1}", "\"x", "\"\n\"", "\"\\q\"", "[1] 2", "nul", "--1"}) {
    EXPECT_FALSE(ParseJson(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace rehearse
