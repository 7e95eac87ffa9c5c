#include "rehearse/net/codec/generator/schema_text.h"

#include <gtest/gtest.h>

namespace rehearse::net {
namespace {

TEST(SchemaTextTest, RefusesAnIntegerThatFlatcWouldLose) {
  const absl::Status status =
      CheckSchemaText("table T {\n  none: ulong = 18446744073709551615;\n}", "bank.fbs");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(),
            "bank.fbs:2: 18446744073709551615: flatc makes a default over 9223372036854775807 0: "
            "use a smaller number");
}

TEST(SchemaTextTest, KnowsTheEdge) {
  EXPECT_TRUE(CheckSchemaText("a: ulong = 9223372036854775807;", "x").ok());
  EXPECT_FALSE(CheckSchemaText("a: ulong = 9223372036854775808;", "x").ok());
  EXPECT_TRUE(CheckSchemaText("a: ulong = 0x7fffffffffffffff;", "x").ok());
  EXPECT_FALSE(CheckSchemaText("a: ulong = 0x8000000000000000;", "x").ok());
  EXPECT_TRUE(CheckSchemaText("a: long = -9223372036854775808;", "x").ok());
  EXPECT_FALSE(CheckSchemaText("a: ulong = 99999999999999999999999;", "x").ok());
}

TEST(SchemaTextTest, LooksAtIntegersOnly) {
  for (const absl::string_view text : {
           "",
           "// 18446744073709551615",
           "/* 18446744073709551615 */",
           "\"18446744073709551615\"",
           "id_18446744073709551615",
           "18446744073709551615.5",
           "3.402823466e+38",
           "\"never closed 18446744073709551615",
       }) {
    EXPECT_TRUE(CheckSchemaText(text, "x").ok()) << text;
  }
  EXPECT_FALSE(CheckSchemaText("// a\n18446744073709551615", "x").ok());
  EXPECT_FALSE(CheckSchemaText("/* a */18446744073709551615", "x").ok());
  EXPECT_FALSE(CheckSchemaText("\"a\"18446744073709551615", "x").ok());
}

}  // namespace
}  // namespace rehearse::net
