#include "rehearse/actor/message_id.h"

#include <string>
#include <type_traits>

#include <gtest/gtest.h>

#include "absl/hash/hash_testing.h"

namespace rehearse {
namespace {

constexpr absl::string_view kText = "3b9128f1-0593-44a0-b83a-f4188baa05bf";
constexpr MessageId kId{0x3b9128f1059344a0, 0xb83af4188baa05bf};

TEST(MessageIdTest, ReadsAndWritesAUuid) {
  const absl::StatusOr<MessageId> id = MessageId::Parse(kText);
  ASSERT_TRUE(id.ok()) << id.status();
  EXPECT_EQ(*id, kId);
  EXPECT_EQ(id->ToString(), kText);
}

TEST(MessageIdTest, ReadsDigitsOfEitherCase) {
  EXPECT_EQ(MessageId::Parse("3B9128F1-0593-44A0-B83A-F4188BAA05BF").value(), kId);
}

TEST(MessageIdTest, KeepsLeadingZeros) {
  const std::string text = "00000000-0000-0000-0000-000000000001";
  ASSERT_TRUE(MessageId::Parse(text).ok());
  EXPECT_EQ(MessageId::Parse(text)->ToString(), text);
}

TEST(MessageIdTest, RefusesWhatIsNoUuid) {
  const std::string good(kText);
  for (const std::string& text : {
           std::string(),
           good.substr(1),                                       // a digit short
           good + "0",                                           // a digit too many
           "{" + good.substr(1),                                 // no digit
           good.substr(0, 8) + "0" + good.substr(9),             // no dash
           good.substr(0, 9) + "-" + good.substr(10),            // a dash too many
           std::string("00000000-0000-0000-0000-000000000000"),  // nobody's
       }) {
    EXPECT_EQ(MessageId::Parse(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(MessageIdTest, OrdersByHighThenLow) {
  EXPECT_LT((MessageId{1, 9}), (MessageId{2, 0}));
  EXPECT_LT((MessageId{1, 1}), (MessageId{1, 2}));
  EXPECT_FALSE(MessageId());
  EXPECT_TRUE((MessageId{0, 1}));
}

TEST(MessageIdTest, HashesLikeItCompares) {
  EXPECT_TRUE(absl::VerifyTypeImplementsAbslHashCorrectly(
      {MessageId(), kId, MessageId{1, 0}, MessageId{0, 1}, MessageId{1, 1}}));
}

}  // namespace
}  // namespace rehearse
