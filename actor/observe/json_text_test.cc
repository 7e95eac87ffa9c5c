#include "rehearse/actor/observe/json_text.h"

#include <gtest/gtest.h>

namespace rehearse {
namespace {

std::string Json(absl::string_view text) {
  std::string out;
  AppendJsonString(text, out);
  return out;
}

TEST(JsonTextTest, PlainTextIsQuoted) {
  EXPECT_EQ(Json(""), "\"\"");
  EXPECT_EQ(Json("std::vector<int>"), "\"std::vector<int>\"");
  EXPECT_EQ(Json("Käse"), "\"Käse\"");
}

TEST(JsonTextTest, WhatWouldEndOrBreakItIsEscaped) {
  EXPECT_EQ(Json("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(Json(absl::string_view("\0\n\x1f", 3)), R"("\u0000\u000a\u001f")");
}

}  // namespace
}  // namespace rehearse
