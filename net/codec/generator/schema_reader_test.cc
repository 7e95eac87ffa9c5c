// Which schemas are refused, and in which words.

#include "rehearse/net/codec/generator/schema_reader.h"

#include <fstream>
#include <string>

#include <flatbuffers/idl.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace rehearse::net {
namespace {

constexpr char kId[] = "(message_id: \"3b9128f1-0593-44a0-b83a-f4188baa05bf\")";
constexpr char kOtherId[] = "(message_id: \"3b9128f1-0593-44a0-b83a-f4188baa05c0\")";

// What flatc makes of `declarations`, in namespace bank of the file bank.fbs.
std::string Compile(const std::string& declarations) {
  flatbuffers::IDLOptions options;
  options.binary_schema_comments = true;
  options.project_root = testing::TempDir();
  flatbuffers::Parser parser(options);
  const std::string directory = testing::TempDir();
  const char* include_paths[] = {directory.c_str(), nullptr};
  EXPECT_TRUE(parser.Parse(declarations.c_str(), include_paths,
                           absl::StrCat(directory, "/bank.fbs").c_str()))
      << parser.error_;
  parser.Serialize();
  return std::string(reinterpret_cast<const char*>(parser.builder_.GetBufferPointer()),
                     parser.builder_.GetSize());
}

absl::StatusOr<SchemaModel> Read(const std::string& declarations) {
  return ReadSchema(
      Compile(absl::StrCat("attribute \"message_id\"; namespace bank;\n", declarations)),
      "bank.fbs");
}

void ExpectRefused(const std::string& declarations, absl::string_view message) {
  const absl::Status status = Read(declarations).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << declarations;
  EXPECT_EQ(status.message(), message);
}

TEST(SchemaReaderTest, ReadsATable) {
  const absl::StatusOr<SchemaModel> model =
      Read(absl::StrCat("/// Adds.\ntable Inc ", kId, " { amount: long = 5; who: string; }"));
  ASSERT_TRUE(model.ok()) << model.status();
  ASSERT_EQ(model->tables.size(), 1);
  const TableModel& table = model->tables[0];
  EXPECT_EQ(table.name.Dotted(), "bank.Inc");
  EXPECT_EQ(table.name.Cpp(), "::bank::Inc");
  EXPECT_EQ(table.comment, std::vector<std::string>{"Adds."});
  EXPECT_EQ(table.message_id, (MessageId{0x3b9128f1059344a0, 0xb83af4188baa05bf}));
  ASSERT_EQ(table.fields.size(), 2);
  EXPECT_EQ(table.fields[0].MemberType(), "int64_t");
  EXPECT_EQ(table.fields[0].default_value, "5");
  EXPECT_EQ(table.fields[1].MemberType(), "std::string");
}

TEST(SchemaReaderTest, PutsFieldsInOrderOfTheirIds) {
  const absl::StatusOr<SchemaModel> model = Read(absl::StrCat(
      "table Inc ", kId, " { a: int (id: 2); b: int (id: 0); gone: int (id: 1, deprecated); }"));
  ASSERT_TRUE(model.ok()) << model.status();
  ASSERT_EQ(model->tables[0].fields.size(), 2);
  EXPECT_EQ(model->tables[0].fields[0].name, "b");
  EXPECT_EQ(model->tables[0].fields[1].name, "a");
  EXPECT_EQ(model->tables[0].fields[1].id, 2);
}

TEST(SchemaReaderTest, PutsATableBeforeItsHolder) {
  const absl::StatusOr<SchemaModel> model =
      Read(absl::StrCat("table A ", kId, " { b: B; c: C; } table B { c: C; } table C {}"));
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ(model->definition_order, (std::vector<int>{2, 1, 0}));
}

TEST(SchemaReaderTest, PutsATableBeforeAVectorOfItUnlessTheyHoldEachOther) {
  const absl::StatusOr<SchemaModel> model =
      Read(absl::StrCat("table A ", kId, " { b: [B]; } table B { c: [C]; } table C { b: B; }"));
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ(model->definition_order, (std::vector<int>{1, 0, 2}));
}

TEST(SchemaReaderTest, RefusesWhatIsNoSchema) {
  EXPECT_EQ(ReadSchema("", "bank.fbs").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ReadSchema("junk junk junk junk", "bank.fbs").status().message(),
            "read bank.fbs's binary schema: the 19 bytes are none (flatc -b --schema writes one)");
}

TEST(SchemaReaderTest, RefusesASchemaWithoutATable) {
  ExpectRefused("enum Color : ubyte { Red }",
                "bank.fbs: declares no table, so there is no message in it");
}

TEST(SchemaReaderTest, RefusesATableThatIsNeitherMessageNorPart) {
  ExpectRefused("table Inc {}",
                "bank.fbs: table bank.Inc: has no message_id and no other table holds it: write "
                "table Inc (message_id: \"...\"), a uuid from uuidgen");
  ExpectRefused("table Tree { children: [Tree]; }",
                "bank.fbs: table bank.Tree: has no message_id and no other table holds it: write "
                "table Tree (message_id: \"...\"), a uuid from uuidgen");
}

TEST(SchemaReaderTest, RefusesAMessageIdThatIsNoUuid) {
  ExpectRefused("table Inc (message_id: \"seven\") {}",
                "bank.fbs: table bank.Inc: message_id: read \"seven\" as a uuid: 5 characters "
                "instead of 36; it looks like 3b9128f1-0593-44a0-b83a-f4188baa05bf (uuidgen makes "
                "one)");
  EXPECT_FALSE(Read("table Inc (message_id) {}").ok());
  EXPECT_FALSE(Read("table Inc (message_id: \"\") {}").ok());
}

TEST(SchemaReaderTest, RefusesTwoMessagesWithOneId) {
  ExpectRefused(absl::StrCat("table Dec ", kId, " {} table Inc ", kId, " {}"),
                "bank.fbs: table bank.Inc: message_id 3b9128f1-0593-44a0-b83a-f4188baa05bf belongs "
                "to bank.Dec: make a new one with uuidgen");
  EXPECT_TRUE(Read(absl::StrCat("table Dec ", kId, " {} table Inc ", kOtherId, " {}")).ok());
}

TEST(SchemaReaderTest, RefusesStructs) {
  constexpr absl::string_view kWhy =
      "is of struct bank.Point, which messages can't hold: declare bank.Point as a table";
  ExpectRefused(absl::StrCat("struct Point { x: int; } table Inc ", kId, " { at: Point; }"),
                absl::StrCat("bank.fbs: table bank.Inc: field at: ", kWhy));
  ExpectRefused(absl::StrCat("struct Point { x: int; } table Inc ", kId, " { at: [Point]; }"),
                absl::StrCat("bank.fbs: table bank.Inc: field at: ", kWhy));
  ExpectRefused(absl::StrCat("struct Inc ", kId, " { x: int; } table T ", kOtherId, " {}"),
                "bank.fbs: struct bank.Inc: has a message_id, but a message is a table, which can "
                "grow: write table instead of struct");
}

TEST(SchemaReaderTest, ReadsUnionsWithTheCodesOfTheirTables) {
  const absl::StatusOr<SchemaModel> model = Read(absl::StrCat(
      "table B {} table A ", kId, " {} \n/// One.\nunion Either { b: B, A } table Inc ", kOtherId,
      " { which: Either; more: [Either]; }"));
  ASSERT_TRUE(model.ok()) << model.status();
  ASSERT_EQ(model->unions.size(), 1);
  const UnionModel& either = model->unions[0];
  EXPECT_EQ(either.name.Dotted(), "bank.Either");
  ASSERT_EQ(either.alternatives.size(), 2);
  EXPECT_EQ(either.alternatives[0].code, 1);
  EXPECT_EQ(model->tables[either.alternatives[0].table].name.name, "B");
  EXPECT_EQ(either.alternatives[1].code, 2);
  const TableModel& inc = model->tables[2];
  ASSERT_EQ(inc.fields.size(), 2);
  EXPECT_EQ(inc.fields[0].id, 1);  // the code has 0
  EXPECT_EQ(inc.fields[0].MemberType(), "::bank::Either");
  EXPECT_EQ(inc.fields[1].MemberType(), "std::vector<::bank::Either>");
}

TEST(SchemaReaderTest, RefusesAUnionThatHasATableTwice) {
  ExpectRefused(absl::StrCat("table A ", kId, " {} union Either { A, again: A }"),
                "bank.fbs: union bank.Either: again is a table that is in it already: give each "
                "case a table of its own");
}

TEST(SchemaReaderTest, RefusesAUnionOfItsHolder) {
  ExpectRefused(absl::StrCat("union Either { A } table A ", kId, " { which: Either; }"),
                "bank.fbs: table bank.A: field which: bank.A holds bank.A: a struct can't hold "
                "itself; make it a vector: which: [Either]");
  EXPECT_TRUE(Read(absl::StrCat("union Either { A } table A ", kId, " { which: [Either]; }")).ok());
}

TEST(SchemaReaderTest, ReadsRefsWithTheirProtocols) {
  const absl::StatusOr<SchemaModel> model = Read(absl::StrCat(
      "attribute \"actor_ref\"; table Event ", kId, " {} table Subscribe ", kOtherId,
      " { who: string (actor_ref: \"void(Event), long( bank.Subscribe )\"); all: [string] "
      "(actor_ref: \"Event(Event)\"); }"));
  ASSERT_TRUE(model.ok()) << model.status();
  const std::vector<FieldModel>& fields = model->tables[1].fields;
  ASSERT_EQ(fields.size(), 2);
  EXPECT_EQ(fields[0].kind, FieldKind::kRef);
  EXPECT_EQ(fields[0].MemberType(),
            "::rehearse::ActorRef<::rehearse::Protocol<void(::bank::Event), "
            "int64_t(::bank::Subscribe)>>");
  EXPECT_EQ(
      fields[1].MemberType(),
      "std::vector<::rehearse::ActorRef<::rehearse::Protocol<::bank::Event(::bank::Event)>>>");
}

TEST(SchemaReaderTest, RefusesRefsThatSayNoProtocol) {
  const std::string begin = absl::StrCat(
      "attribute \"actor_ref\"; table Part { x: int; } table Inc ", kId, " { part: Part; who: ");
  const auto refuse = [&](const std::string& field, absl::string_view why) {
    ExpectRefused(absl::StrCat(begin, field, "; }"),
                  absl::StrCat("bank.fbs: table bank.Inc: field who: ", why));
  };
  refuse("string (actor_ref: \"\")",
         "actor_ref: say what it takes: actor_ref: \"void(Event), long(Count)\"");
  refuse("string (actor_ref: \"Inc\")", "actor_ref: \"Inc\" is no ANSWER(MESSAGE)");
  refuse("string (actor_ref: \"void(Dec)\")", "actor_ref: \"Dec\" is no message of this schema");
  refuse("string (actor_ref: \"void(Part)\")", "actor_ref: \"Part\" is no message of this schema");
  refuse("string (actor_ref: \"char(Inc)\")", "actor_ref: \"char\" is no message of this schema");
  refuse("long (actor_ref: \"void(Inc)\")", "is an actor_ref, and no string: an address is text");
}

TEST(SchemaReaderTest, RefusesTablesThatHoldThemselves) {
  ExpectRefused(absl::StrCat("table Tree ", kId, " { left: Tree; }"),
                "bank.fbs: table bank.Tree: field left: bank.Tree holds bank.Tree: a struct can't "
                "hold itself; make it a vector: left: [Tree]");
  ExpectRefused(absl::StrCat("table A ", kId, " { b: B; } table B { a: A; }"),
                "bank.fbs: table bank.B: field a: bank.A holds bank.B holds bank.A: a struct can't "
                "hold itself; make it a vector: a: [A]");
  EXPECT_TRUE(Read(absl::StrCat("table Tree ", kId, " { left: [Tree]; }")).ok());
}

TEST(SchemaReaderTest, RefusesNamesThatCppTakes) {
  constexpr absl::string_view kTaken = "the generated C++ needs that name: choose another";
  for (const absl::string_view name : {"class", "co_await", "Parse", "AppendTo", "std"}) {
    ExpectRefused(absl::StrCat("table Inc ", kId, " { ", name, ": int; }"),
                  absl::StrCat("bank.fbs: table bank.Inc: field ", name, ": ", kTaken));
  }
  ExpectRefused(absl::StrCat("table new ", kId, " {}"),
                "bank.fbs: table bank.new: new is a word of C++: choose another name");
  ExpectRefused(absl::StrCat("enum E : int { ok, default } table Inc ", kId, " { e: E; }"),
                "bank.fbs: enumerator bank.E.default: default is a word of C++: choose another "
                "name");
  ExpectRefused(absl::StrCat("namespace bank.for; table Inc ", kId, " {}"),
                "bank.fbs: table bank.for.Inc: for is a word of C++: choose another name");
}

TEST(SchemaReaderTest, RefusesEnumeratorsThatFlatcLosesAsDefaults) {
  ExpectRefused(absl::StrCat("enum E : ulong (bit_flags) { A = 63 } table Inc ", kId, " { e: E; }"),
                "bank.fbs: enumerator bank.E.A: is over 9223372036854775807, which flatc loses "
                "where it is a default");
  EXPECT_TRUE(
      Read(absl::StrCat("enum E : ulong (bit_flags) { A = 62 } table Inc ", kId, " { e: E = A; }"))
          .ok());
}

TEST(SchemaReaderTest, RefusesIncludes) {
  std::ofstream(absl::StrCat(testing::TempDir(), "/shared.fbs")) << "table Shared {}";
  const std::string schema =
      absl::StrCat("include \"shared.fbs\"; attribute \"message_id\"; namespace bank; table Inc ",
                   kId, " { shared: Shared; }");
  EXPECT_EQ(ReadSchema(Compile(schema), "bank.fbs").status().message(),
            "bank.fbs: includes another schema: messages and the tables they hold go into one "
            "file");
}

}  // namespace
}  // namespace rehearse::net
