// What a stranger may try. Messages are of testing/everything.fbs; the bad ones are made with the
// library's builder, which refuses nothing, or by hand.

#include "rehearse/net/codec/message_reader.h"

#include <string>
#include <vector>

#include <flatbuffers/flatbuffers.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "rehearse/net/codec/testing/everything.h"

namespace rehearse::net {
namespace {

using codec_test::Leaf;
using codec_test::Numbers;
using codec_test::Parts;
using codec_test::Tree;
using flatbuffers::FlatBufferBuilder;
using AnyOffset = flatbuffers::Offset<void>;

constexpr flatbuffers::voffset_t SlotOffset(int field_id) {
  return static_cast<flatbuffers::voffset_t>(4 + 2 * field_id);
}
constexpr flatbuffers::voffset_t kTextsField = SlotOffset(4);
constexpr flatbuffers::voffset_t kLeavesField = SlotOffset(5);
constexpr flatbuffers::voffset_t kChildrenField = SlotOffset(1);

// A table whose one field refers to a vector of `targets`.
AnyOffset TableWithVector(FlatBufferBuilder& builder, flatbuffers::voffset_t field,
                          const std::vector<AnyOffset>& targets) {
  const auto vector = builder.CreateVector(targets);
  const auto start = builder.StartTable();
  builder.AddOffset(field, vector);
  return AnyOffset(builder.EndTable(start));
}

std::string Finished(FlatBufferBuilder& builder, AnyOffset root) {
  builder.Finish(root);
  return std::string(reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize());
}

template <typename T>
void ExpectRefused(const std::string& bytes, absl::string_view why) {
  const absl::Status status = T::Parse(bytes).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), why)) << status;
}

// A chain of `levels` trees.
Tree Chain(int levels) {
  Tree tree;
  for (int i = 1; i < levels; ++i) tree = Tree{.children = {tree}};
  return tree;
}

TEST(MessageReaderTest, ReadsTablesAsDeepAsTheLimit) {
  std::string bytes;
  Chain(MessageReader::kDepthMax).AppendTo(bytes);
  EXPECT_TRUE(Tree::Parse(bytes).ok());
}

TEST(MessageReaderTest, RefusesTablesThatNestDeeper) {
  std::string bytes;
  Chain(MessageReader::kDepthMax + 1).AppendTo(bytes);
  ExpectRefused<Tree>(bytes, "nested too deep");
}

TEST(MessageReaderTest, RefusesAStringThatIsReadTwice) {
  FlatBufferBuilder builder;
  const AnyOffset once = builder.CreateString(std::string(1000, 'x')).Union();
  const std::string good = Finished(builder, TableWithVector(builder, kTextsField, {once}));
  EXPECT_EQ(Parts::Parse(good)->texts, std::vector<std::string>{std::string(1000, 'x')});

  builder.Clear();
  const AnyOffset twice = builder.CreateString(std::string(1000, 'x')).Union();
  ExpectRefused<Parts>(Finished(builder, TableWithVector(builder, kTextsField, {twice, twice})),
                       "its parts add up to more than it holds");
}

TEST(MessageReaderTest, MakesNoRoomForMoreElementsThanThereCanBe) {
  FlatBufferBuilder builder;
  const AnyOffset leaf(builder.EndTable(builder.StartTable()));
  const std::vector<AnyOffset> leaves(100000, leaf);
  ExpectRefused<Parts>(Finished(builder, TableWithVector(builder, kLeavesField, leaves)),
                       "more tables than bytes");
  builder.Clear();
  const std::vector<AnyOffset> texts(100000, builder.CreateString("").Union());
  ExpectRefused<Parts>(Finished(builder, TableWithVector(builder, kTextsField, texts)),
                       "more strings than bytes");
}

TEST(MessageReaderTest, RefusesATreeThatDoublesAtEachLevel) {
  // 40 tables that make 2^40: it has to be refused before they are visited.
  FlatBufferBuilder builder;
  AnyOffset tree(builder.EndTable(builder.StartTable()));
  for (int i = 0; i < 40; ++i) tree = TableWithVector(builder, kChildrenField, {tree, tree});
  ExpectRefused<Tree>(Finished(builder, tree), "add up to more");
}

// A message by hand: a root, a vtable with one field, a table with one number of 32 bits.
struct Handmade {
  uint32_t root = 12;
  uint16_t vtable_bytes = 6;
  uint16_t table_bytes = 8;
  uint16_t field = 4;
  uint16_t padding = 0;
  int32_t to_vtable = 8;
  uint32_t value = 7;
  uint32_t tail = 0;

  std::string bytes() const {
    return std::string(reinterpret_cast<const char*>(this), sizeof(*this));
  }
};

TEST(MessageReaderTest, ReadsAMessageMadeByHand) {
  EXPECT_EQ(Tree::Parse(Handmade().bytes())->value, 7);
}

TEST(MessageReaderTest, RefusesOffsetsThatLeadNowhere) {
  ExpectRefused<Tree>(Handmade{.root = 0}.bytes(), "an offset leads nowhere");
  ExpectRefused<Tree>(Handmade{.root = 24}.bytes(), "an offset leads nowhere");
  ExpectRefused<Tree>(Handmade{.root = 0xffffffff}.bytes(), "an offset leads nowhere");
  ExpectRefused<Tree>(Handmade{.root = 23}.bytes(), "a table past the end");
}

TEST(MessageReaderTest, RefusesVtablesThatLieOutside) {
  ExpectRefused<Tree>(Handmade{.to_vtable = 13}.bytes(), "a vtable past the end");
  ExpectRefused<Tree>(Handmade{.to_vtable = -13}.bytes(), "a vtable past the end");
  ExpectRefused<Tree>(Handmade{.to_vtable = -2147483647 - 1}.bytes(), "a vtable past the end");
  ExpectRefused<Tree>(Handmade{.vtable_bytes = 22}.bytes(), "a vtable of an impossible length");
  ExpectRefused<Tree>(Handmade{.vtable_bytes = 5}.bytes(), "a vtable of an impossible length");
  ExpectRefused<Tree>(Handmade{.vtable_bytes = 2}.bytes(), "a vtable of an impossible length");
  EXPECT_TRUE(Tree::Parse(Handmade{.vtable_bytes = 20}.bytes()).ok());
}

TEST(MessageReaderTest, RefusesTablesAndFieldsThatReachTooFar) {
  ExpectRefused<Tree>(Handmade{.table_bytes = 3}.bytes(), "a vtable of an impossible length");
  ExpectRefused<Tree>(Handmade{.table_bytes = 13}.bytes(), "a part reaches past the end");
  ExpectRefused<Tree>(Handmade{.field = 5}.bytes(), "a field outside its table");
  ExpectRefused<Tree>(Handmade{.field = 0xffff}.bytes(), "a field outside its table");
  EXPECT_TRUE(Tree::Parse(Handmade{.table_bytes = 12, .field = 8}.bytes()).ok());
}

TEST(MessageReaderTest, RefusesAStringThatIsNotAllThere) {
  // Leaf's first field is a string: its offset leads to the tail, whose length is zero.
  ExpectRefused<Leaf>(Handmade{.value = 4}.bytes(), "a part reaches past the end");
  // One byte before, the length is zero and a zero follows: an empty string.
  EXPECT_EQ(Leaf::Parse(Handmade{.value = 3}.bytes())->name, "");
  ExpectRefused<Leaf>(Handmade{.value = 3, .tail = 0x01000000}.bytes(),
                      "a string without its final zero");
  ExpectRefused<Leaf>(Handmade{.value = 4, .tail = 0xffffffff}.bytes(),
                      "a part reaches past the end");
}

TEST(MessageReaderTest, ReadsAnyByteButZeroAsTrue) {
  // Field 0 of Numbers is a bool, here the low byte of the number.
  EXPECT_TRUE(Numbers::Parse(Handmade{.value = 2}.bytes())->flag);
  EXPECT_FALSE(Numbers::Parse(Handmade{.value = 0x100}.bytes())->flag);
}

TEST(MessageReaderTest, SaysWhatItReadAndWhatIsWrongWhere) {
  EXPECT_EQ(Tree::Parse(Handmade{.field = 5}.bytes()).status().message(),
            "parse rehearse.codec_test.Tree from 24 bytes: at byte 12: a field outside its table");
}

}  // namespace
}  // namespace rehearse::net
