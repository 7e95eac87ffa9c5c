#include "rehearse/net/codec/generator/cpp_text.h"

#include <limits>

#include <gtest/gtest.h>

namespace rehearse::net {
namespace {

TEST(CppTextTest, KnowsTheWordsOfTheLanguage) {
  for (const absl::string_view word : {"alignas", "int", "co_yield", "requires", "xor_eq"}) {
    EXPECT_TRUE(IsCppKeyword(word)) << word;
  }
  for (const absl::string_view word : {"", "Int", "integer", "a", "zoo", "final", "override"}) {
    EXPECT_FALSE(IsCppKeyword(word)) << word;
  }
}

TEST(CppTextTest, SpellsIntegersSoThatTheyCompile) {
  EXPECT_EQ(IntegerLiteral("bool", 1), "true");
  EXPECT_EQ(IntegerLiteral("int8_t", -128), "-128");
  EXPECT_EQ(IntegerLiteral("int64_t", std::numeric_limits<int64_t>::min()),
            "-9223372036854775807 - 1");
  EXPECT_EQ(IntegerLiteral("uint64_t", -1), "18446744073709551615u");
}

TEST(CppTextTest, SpellsRealNumbersToTheLastBit) {
  EXPECT_EQ(FloatLiteral("float", 0.1), "0.100000001f");
  EXPECT_EQ(FloatLiteral("double", 0.1), "0.10000000000000001");
  EXPECT_EQ(FloatLiteral("double", 3), "3.0");
  EXPECT_EQ(FloatLiteral("float", 1e20), "1.00000002e+20f");
  EXPECT_EQ(FloatLiteral("double", -std::numeric_limits<double>::infinity()),
            "-std::numeric_limits<double>::infinity()");
  EXPECT_EQ(FloatLiteral("float", std::numeric_limits<double>::quiet_NaN()),
            "std::numeric_limits<float>::quiet_NaN()");
}

}  // namespace
}  // namespace rehearse::net
