#include "rehearse/net/codec/uvarint.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "absl/strings/escaping.h"
#include "rehearse/net/codec/protobuf.h"

namespace rehearse::net {
namespace {

std::string Bytes(absl::string_view hex) { return absl::HexStringToBytes(hex); }

std::string Written(uint64_t value) {
  std::string bytes;
  AppendUvarint(value, bytes);
  return bytes;
}

TEST(UvarintTest, IsAsTheSpecificationHasIt) {
  EXPECT_EQ(Written(0), Bytes("00"));
  EXPECT_EQ(Written(1), Bytes("01"));
  EXPECT_EQ(Written(127), Bytes("7f"));
  EXPECT_EQ(Written(128), Bytes("8001"));
  EXPECT_EQ(Written(255), Bytes("ff01"));
  EXPECT_EQ(Written(300), Bytes("ac02"));
  EXPECT_EQ(Written(16384), Bytes("808001"));
  EXPECT_EQ(Written(kUvarintMax), Bytes("ffffffffffffffff7f"));
}

TEST(UvarintTest, RefusesPaddingAndTheTenthByte) {
  for (const absl::string_view hex :
       {"8100", "808000", "ffffffffffffffffff01", "808080808080808080", "ffffffffffffffff00"}) {
    const std::string bytes = Bytes(hex);
    absl::string_view rest = bytes;
    EXPECT_TRUE(absl::IsDataLoss(TakeUvarint(rest).status())) << hex;
  }
}

TEST(UvarintTest, WaitsForTheRest) {
  for (const absl::string_view hex : {"", "80", "ffff", "ffffffffffffffff"}) {
    const std::string bytes = Bytes(hex);
    absl::string_view rest = bytes;
    const auto value = TakeUvarint(rest);
    ASSERT_TRUE(value.ok());
    EXPECT_FALSE(value->has_value()) << hex;
    EXPECT_EQ(rest.size(), bytes.size());
    EXPECT_TRUE(absl::IsDataLoss(TakeWholeUvarint(rest).status()));
  }
}

TEST(UvarintTest, CountedBytesStayWithinTheInput) {
  const std::string bytes = Bytes("02616263");
  absl::string_view rest = bytes;
  EXPECT_EQ(*TakeCounted(rest), "ab");
  EXPECT_EQ(rest, "c");
  rest = "\x04";
  EXPECT_TRUE(absl::IsDataLoss(TakeCounted(rest).status()));
  const std::string huge = Written(kUvarintMax) + "abc";
  rest = huge;
  EXPECT_TRUE(absl::IsDataLoss(TakeCounted(rest).status()));
}

RC_GTEST_PROP(UvarintProperty, IsReadAsItWasWritten, (uint64_t value, const std::string& behind)) {
  value &= kUvarintMax;
  const std::string bytes = Written(value) + behind;
  absl::string_view rest = bytes;
  RC_ASSERT(*TakeWholeUvarint(rest) == value);
  RC_ASSERT(rest == behind);
}

RC_GTEST_PROP(UvarintProperty, HasOneForm, (const std::string& bytes)) {
  absl::string_view rest = bytes;
  const auto value = TakeUvarint(rest);
  if (value.ok() && value->has_value()) {
    RC_ASSERT(Written(**value) == bytes.substr(0, bytes.size() - rest.size()));
  }
}

RC_GTEST_PROP(ProtobufProperty, FieldsAreReadAsTheyWereWritten,
              (uint64_t number, const std::string& bytes)) {
  std::string message;
  AppendProtobufNumber(1, number & kUvarintMax, message);
  AppendProtobufBytes(777, bytes, message);
  message += Bytes("4d01020304");          // field 9, four bytes
  message += Bytes("510102030405060708");  // field 10, eight bytes
  absl::string_view rest = message;
  const auto first = *TakeProtobufField(rest);
  RC_ASSERT(first->IsNumber(1) && first->value == (number & kUvarintMax));
  const auto second = *TakeProtobufField(rest);
  RC_ASSERT(second->IsBytes(777) && second->bytes == bytes);
  RC_ASSERT((*TakeProtobufField(rest))->number == 9u);
  RC_ASSERT((*TakeProtobufField(rest))->bytes.size() == 8u);
  RC_ASSERT(!TakeProtobufField(rest)->has_value());
}

RC_GTEST_PROP(ProtobufProperty, HostileBytesEndSomewhere, (const std::string& bytes)) {
  absl::string_view rest = bytes;
  for (size_t fields = 0;; ++fields) {
    RC_ASSERT(fields <= bytes.size());
    const auto field = TakeProtobufField(rest);
    if (!field.ok() || !field->has_value()) break;
  }
}

}  // namespace
}  // namespace rehearse::net
