#include "rehearse/sim/schedule/line_cursor.h"

#include <gtest/gtest.h>

namespace rehearse::sim {
namespace {

TEST(LineCursorTest, TakesWhatItExpectsOneAfterAnother) {
  LineCursor line("  at -5 0xff \"a \\\"b\\\\\" the rest  of it ", 3);
  EXPECT_TRUE(line.Take("at").ok());
  EXPECT_EQ(*line.Integer("a number"), -5);
  EXPECT_EQ(*line.Unsigned("a number"), 255u);
  EXPECT_EQ(*line.Quoted("a name"), "a \"b\\");
  EXPECT_EQ(line.Peek(), "the");
  EXPECT_EQ(*line.Rest("more"), "the rest  of it");
  EXPECT_TRUE(line.TakeEnd().ok());
}

TEST(LineCursorTest, AnErrorSaysWhereAndWhatWasExpected) {
  LineCursor line("12 soon", 3);
  ASSERT_TRUE(line.Integer("a number").ok());
  EXPECT_EQ(line.Integer("a number of seconds").status().message(),
            "3:4: expected a number of seconds, found \"soon\"");
  EXPECT_EQ(line.Take("late").message(), "3:4: expected \"late\", found \"soon\"");
  EXPECT_EQ(line.TakeEnd().message(), "3:4: expected the end of the line, found \"soon\"");
  ASSERT_TRUE(line.Word("a word").ok());
  EXPECT_EQ(line.WrongWord("a time").message(), "3:4: expected a time, found \"soon\"");
  EXPECT_EQ(line.Word("a word").status().message(), "3:8: expected a word, found nothing");
}

TEST(LineCursorTest, NumbersThatDoNotFitAreNoNumbers) {
  EXPECT_FALSE(LineCursor("9223372036854775808", 1).Integer("a number").ok());
  EXPECT_FALSE(LineCursor("-1", 1).Unsigned("a number").ok());
  EXPECT_FALSE(LineCursor("0x", 1).Unsigned("a number").ok());
  EXPECT_FALSE(LineCursor("0x10000000000000000", 1).Unsigned("a number").ok());
  EXPECT_EQ(*LineCursor("18446744073709551615", 1).Unsigned("a number"), UINT64_MAX);
}

TEST(LineCursorTest, AQuoteThatIsNotClosedIsFoundOut) {
  EXPECT_EQ(LineCursor("\"abc", 1).Quoted("a name").status().message(),
            "1:5: expected a closing quote, found nothing");
  EXPECT_EQ(LineCursor("abc", 1).Quoted("a name").status().message(),
            "1:1: expected a name in quotes, found \"abc\"");
  EXPECT_FALSE(LineCursor("\"abc\\", 1).Quoted("a name").ok());
}

TEST(LineCursorTest, QuotesKeepWhatTheyHold) {
  for (const char* const text : {"", "plain", "with \"quotes\" and \\", "\\\""}) {
    const std::string quoted = InQuotes(text);
    EXPECT_EQ(*LineCursor(quoted, 1).Quoted("text"), text);
  }
}

}  // namespace
}  // namespace rehearse::sim
