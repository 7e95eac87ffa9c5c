#include "rehearse/actor/patterns/topic_pattern.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"

namespace rehearse {
namespace {

bool Matches(absl::string_view pattern, absl::string_view topic) {
  return TopicPattern::Parse(pattern)->Matches(topic);
}

TEST(TopicPatternTest, LettersStandForThemselves) {
  EXPECT_TRUE(Matches("orders/eu", "orders/eu"));
  EXPECT_FALSE(Matches("orders/eu", "orders/eu/7"));
  EXPECT_FALSE(Matches("orders/eu", "orders"));
  EXPECT_FALSE(Matches("orders/eu", "orders/EU"));
  EXPECT_FALSE(Matches("orders/eu", "orders/eu/"));
  EXPECT_FALSE(Matches("/orders", "orders"));
}

TEST(TopicPatternTest, StarStaysInItsLevel) {
  EXPECT_TRUE(Matches("orders/*/7", "orders/eu/7"));
  EXPECT_TRUE(Matches("orders/*", "orders/"));
  EXPECT_FALSE(Matches("orders/*", "orders"));
  EXPECT_FALSE(Matches("orders/*", "orders/eu/7"));
  EXPECT_TRUE(Matches("or*rs/e*", "orders/eu"));
  EXPECT_TRUE(Matches("*a*b", "xaxbab"));
  EXPECT_FALSE(Matches("*a*b", "xaxba"));
}

TEST(TopicPatternTest, QuestionMarkIsOneCharacter) {
  EXPECT_TRUE(Matches("orders/e?", "orders/eu"));
  EXPECT_FALSE(Matches("orders/e?", "orders/e"));
  EXPECT_FALSE(Matches("orders?eu", "orders/eu"));
}

TEST(TopicPatternTest, TwoStarsAreAnyNumberOfLevels) {
  EXPECT_TRUE(Matches("orders/**", "orders"));
  EXPECT_TRUE(Matches("orders/**", "orders/eu"));
  EXPECT_TRUE(Matches("orders/**", "orders/eu/7"));
  EXPECT_FALSE(Matches("orders/**", "order"));
  EXPECT_TRUE(Matches("**", ""));
  EXPECT_TRUE(Matches("**/7", "7"));
  EXPECT_TRUE(Matches("**/7", "orders/eu/7"));
  EXPECT_TRUE(Matches("a/**/b/**/c", "a/b/x/b/c"));
  EXPECT_FALSE(Matches("a/**/b/**/c", "a/x/c"));
}

TEST(TopicPatternTest, RefusesWhatIsNoPattern) {
  const auto code = [](absl::string_view text) {
    return TopicPattern::Parse(text).status().code();
  };
  EXPECT_EQ(code(""), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code("a/b**"), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code("***"), absl::StatusCode::kInvalidArgument);
  const std::string longest(TopicPattern::kBytesMax, 'a');
  EXPECT_TRUE(Matches(longest, longest));
  EXPECT_EQ(code(longest + "a"), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(Matches("**", longest + "a"));
}

}  // namespace
}  // namespace rehearse
