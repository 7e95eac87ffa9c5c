// What rehearse_messages makes of testing/everything.fbs: values, defaults, bytes.

#include <cmath>
#include <limits>
#include <string>
#include <type_traits>

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "rehearse/net/codec/testing/everything.h"

namespace rehearse::codec_test {
namespace {

template <typename T>
std::string BytesOf(const T& message) {
  std::string bytes;
  message.AppendTo(bytes);
  return bytes;
}

template <typename T>
T RoundTrip(const T& message) {
  absl::StatusOr<T> parsed = T::Parse(BytesOf(message));
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  return parsed.value_or(T());
}

static_assert(std::is_aggregate_v<Parts>);
static_assert(Numbers::kMessageId == MessageId{0x6f6b2a3c7f0e4a4e, 0x9a770d4f5b1c0001});

TEST(MessagesTest, AreNamedAfterTheirTable) {
  EXPECT_EQ(Numbers::kMessageName, "rehearse.codec_test.Numbers");
  EXPECT_EQ(far::Leaf::kMessageName, "rehearse.codec_test.far.Leaf");
}

TEST(MessagesTest, TakeDefaultsFromTheSchema) {
  const Numbers numbers;
  EXPECT_FALSE(numbers.flag);
  EXPECT_TRUE(numbers.set_flag);
  EXPECT_EQ(numbers.int8, std::numeric_limits<int8_t>::min());
  EXPECT_EQ(numbers.uint16, std::numeric_limits<uint16_t>::max());
  EXPECT_EQ(numbers.int32, std::numeric_limits<int32_t>::min());
  EXPECT_EQ(numbers.int64, std::numeric_limits<int64_t>::min());
  EXPECT_EQ(numbers.uint64, uint64_t{std::numeric_limits<int64_t>::max()});
  EXPECT_EQ(numbers.real, 0.1f);
  EXPECT_EQ(numbers.wide_real, 0.1);
  EXPECT_EQ(numbers.endless, std::numeric_limits<float>::infinity());
  EXPECT_EQ(numbers.bottomless, -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(numbers.no_number));
  EXPECT_EQ(numbers.color, Color::Green);
  EXPECT_EQ(numbers.rights, static_cast<Rights>(1u | 1u << 31));
  EXPECT_EQ(numbers.depth, Depth::Abyss);
  EXPECT_EQ(Leaf().weight, -3);
}

TEST(MessagesTest, LeaveDefaultsOutOfTheBytes) {
  Numbers numbers;
  const size_t least = BytesOf(numbers).size();
  numbers.int64 = 0;  // zero is not this field's default
  EXPECT_EQ(BytesOf(numbers).size(), least + sizeof(int64_t));
}

TEST(MessagesTest, CarryEachNumber) {
  const Numbers numbers{.flag = true,
                        .set_flag = false,
                        .int8 = 127,
                        .uint8 = 1,
                        .int16 = 32767,
                        .uint16 = 2,
                        .int32 = 2147483647,
                        .uint32 = 3,
                        .int64 = 9223372036854775807,
                        .uint64 = std::numeric_limits<uint64_t>::max(),
                        .real = -1.5f,
                        .wide_real = 1e300,
                        .endless = 0.0f,
                        .bottomless = std::numeric_limits<double>::denorm_min(),
                        .no_number = 4,
                        .zero = -7,
                        .color = Color::Blue,
                        .rights = Rights::Write,
                        .depth = Depth::Sky,
                        .serial = Serial::Last};
  EXPECT_EQ(RoundTrip(numbers), numbers);
}

TEST(MessagesTest, KeepNegativeZeroAndNaN) {
  const Numbers parsed = RoundTrip(Numbers{.real = std::nanf("1"), .zero = -0.0});
  EXPECT_TRUE(std::signbit(parsed.zero));
  EXPECT_TRUE(std::isnan(parsed.real));
  EXPECT_TRUE(std::isnan(parsed.no_number));
}

TEST(MessagesTest, KeepNumbersThatNoEnumeratorHas) {
  const Numbers numbers{.no_number = 0, .color = static_cast<Color>(200)};
  EXPECT_EQ(RoundTrip(numbers), numbers);
}

TEST(MessagesTest, TellAbsentNumbersFromZeros) {
  EXPECT_EQ(RoundTrip(Perhaps()), Perhaps());
  const Perhaps zeros{.flag = false, .int8 = 0, .uint64 = 0, .real = 0.0, .color = Color(0)};
  EXPECT_EQ(RoundTrip(zeros), zeros);
  EXPECT_NE(RoundTrip(zeros), Perhaps());
}

TEST(MessagesTest, CarryEachPart) {
  const Parts parts{.text = std::string("zero \0 inside", 13),
                    .bytes = std::string("\0\xff", 2),
                    .leaf = Leaf{.name = "oak", .weight = 7, .is_dry = true},
                    .other_leaf = std::nullopt,
                    .texts = {"", "a", "longer than a small string is"},
                    .leaves = {{}, {.name = "elm"}, {.weight = 1}, {.name = "ash", .weight = 2}},
                    .flags = {true, false, true},
                    .int8s = {-1, 0, 1},
                    .int16s = {-300},
                    .uint16s = {1, 2, 3, 4, 5},
                    .int32s = {-1},
                    .uint32s = {1, 4000000000u},
                    .int64s = {std::numeric_limits<int64_t>::min(), 7},
                    .uint64s = {std::numeric_limits<uint64_t>::max()},
                    .reals = {0.5f, -0.0f},
                    .wide_reals = {1e-300},
                    .colors = {Color::Red, Color::Blue},
                    .depths = {Depth::Sky, Depth::Abyss}};
  EXPECT_EQ(RoundTrip(parts), parts);
}

TEST(MessagesTest, TellAnAbsentTableFromAnEmptyOne) {
  EXPECT_FALSE(RoundTrip(Parts()).leaf.has_value());
  EXPECT_TRUE(RoundTrip(Parts{.leaf = Leaf()}).leaf.has_value());
}

TEST(MessagesTest, CarryPartsThatAreLargerThanTheFirstRoom) {
  for (const size_t size : {100, 127, 128, 129, 1000, 1152, 1153, 100000}) {
    const Parts parts{.text = std::string(size, 't'),
                      .bytes = std::string(size, 'b'),
                      .texts = std::vector<std::string>(size, "x"),
                      .leaves = std::vector<Leaf>(size, Leaf{.name = "y"}),
                      .int64s = std::vector<int64_t>(size, -1)};
    EXPECT_EQ(RoundTrip(parts), parts) << size;
  }
}

TEST(MessagesTest, CarryTheEmptyMessage) { EXPECT_EQ(RoundTrip(Empty()), Empty()); }

TEST(MessagesTest, CarryTablesThatHoldThemselves) {
  const Tree tree{.value = 1, .children = {{.value = 2, .children = {{.value = 3}}}, {}}};
  EXPECT_EQ(RoundTrip(tree), tree);
  const Chapter chapter{
      .title = "one",
      .sections = {{.aside = Chapter{.title = "aside", .sections = {}}}, {.aside = {}}}};
  EXPECT_EQ(RoundTrip(chapter), chapter);
}

TEST(MessagesTest, CarryTablesWhoseNamesComeLater) {
  const Album album{.title = "Blue", .tracks = {{.name = "Carey"}, {}}};
  EXPECT_EQ(RoundTrip(album), album);
}

TEST(MessagesTest, CarryTablesOfAnotherNamespace) {
  const far::Leaf leaf{.near = Leaf{.name = "near"}, .nears = {{.weight = 1}}};
  EXPECT_EQ(RoundTrip(leaf), leaf);
}

TEST(MessagesTest, CarryRequiredPartsThatAreEmpty) {
  const Required empty;
  EXPECT_EQ(RoundTrip(empty), empty);
}

TEST(MessagesTest, RefuseAMessageWithoutARequiredPart) {
  // A table without any field, which is what an empty message is.
  const absl::Status status = Required::Parse(BytesOf(Empty())).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(status.message(),
            "parse rehearse.codec_test.Required from 12 bytes: at byte 4: required field text of "
            "rehearse.codec_test.Required is missing");
}

TEST(MessagesTest, AppendBehindWhatIsThere) {
  const Parts parts{.text = "text", .int64s = {1, 2}};
  for (const size_t before : {1, 2, 3, 7, 13, 200}) {
    std::string bytes(before, '!');
    parts.AppendTo(bytes);
    EXPECT_EQ(bytes.substr(0, before), std::string(before, '!'));
    EXPECT_EQ(bytes.substr(before), BytesOf(parts));
    // At odd addresses, too.
    EXPECT_EQ(Parts::Parse(absl::string_view(bytes).substr(before)).value(), parts);
  }
}

TEST(MessagesTest, GiveTheSameBytesForTheSameValue) {
  // The string's memory has seen other bytes before.
  std::string used(5000, '\xa5');
  used.clear();
  const Parts parts{.text = "abc",
                    .leaf = Leaf{.name = "d"},
                    .leaves = {{.name = "e"}, {.weight = 4}, {}, {.name = "f"}},
                    .uint16s = {1, 2, 3}};
  parts.AppendTo(used);
  EXPECT_EQ(used, BytesOf(parts));
}

// Stored traces and hashes rest on this: another layout is a change of the wire. What is left out
// makes the writer move a table's vtable; nothing of that stays in the padding.
TEST(MessagesTest, AreTheseBytes) {
  const Parts parts{
      .text = std::string(16, 't'), .other_leaf = Leaf{.is_dry = true}, .int64s = {-1}};
  EXPECT_EQ(absl::BytesToHexString(BytesOf(parts)),
            "04000000f0ffffff34000000480000005400000028001000"
            "040000000000080000000000000000000000000000000000"
            "0c0000000000000000000000100000007474747474747474"
            "747474747474747400000000faffffff01000a0005000000"
            "0000040001000000ffffffffffffffff");
}

TEST(MessagesTest, RefuseNothingAtAll) {
  const absl::Status status = Numbers::Parse("").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
}

TEST(MessagesTest, RefuseBytesThatEndEarly) {
  const Parts parts{.text = "text", .leaf = Leaf{.name = "leaf"}, .texts = {"a", "b"}};
  const std::string bytes = BytesOf(parts);
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(Parts::Parse(absl::string_view(bytes).substr(0, size)).status().code(),
              absl::StatusCode::kDataLoss)
        << size;
  }
}

}  // namespace
}  // namespace rehearse::codec_test
