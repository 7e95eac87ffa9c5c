// Our bytes against the library's own reading and writing of FlatBuffers.

#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include <flatbuffers/idl.h>
#include <flatbuffers/reflection.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "rehearse/net/codec/testing/arbitrary.h"
#include "rehearse/net/codec/testing/everything.h"

namespace rehearse::codec_test {
namespace {

std::string ReadSchemaText() {
  std::ifstream file("net/codec/testing/everything.fbs");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The library's view of everything.fbs, with one table as the root.
class Library {
 public:
  explicit Library(const char* root) {
    flatbuffers::IDLOptions options;
    options.strict_json = true;
    options.indent_step = -1;
    parser_ = std::make_unique<flatbuffers::Parser>(options);
    EXPECT_TRUE(parser_->Parse(ReadSchemaText().c_str())) << parser_->error_;
    EXPECT_TRUE(parser_->SetRootType(root));
    flatbuffers::Parser schema;
    EXPECT_TRUE(schema.Parse(ReadSchemaText().c_str()));
    EXPECT_TRUE(schema.SetRootType(root));
    schema.Serialize();
    schema_.assign(reinterpret_cast<const char*>(schema.builder_.GetBufferPointer()),
                   schema.builder_.GetSize());
  }

  // Whether its verifier accepts the bytes, alignment included.
  bool Accepts(const std::string& bytes) const {
    const reflection::Schema& schema = *reflection::GetSchema(schema_.data());
    return flatbuffers::Verify(schema, *schema.root_table(),
                               reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  }

  std::string ToJson(const std::string& bytes) const {
    std::string json;
    EXPECT_TRUE(flatbuffers::GenerateText(*parser_, bytes.data(), &json));
    return json;
  }

  std::string FromJson(const char* json) const {
    EXPECT_TRUE(parser_->ParseJson(json)) << parser_->error_;
    return std::string(reinterpret_cast<const char*>(parser_->builder_.GetBufferPointer()),
                       parser_->builder_.GetSize());
  }

 private:
  std::unique_ptr<flatbuffers::Parser> parser_;
  std::string schema_;
};

template <typename T>
std::string BytesOf(const T& message) {
  std::string bytes;
  message.AppendTo(bytes);
  return bytes;
}

TEST(MessagesFormatTest, TheLibraryReadsWhatWeWrite) {
  const Parts parts{.text = "a\"b",
                    .bytes = "\x01\x02",
                    .leaf = Leaf{.name = "oak", .weight = 7},
                    .texts = {"x", ""},
                    .leaves = {{.name = "elm"}, {.weight = 1}},
                    .flags = {true, false},
                    .int64s = {-5, 6},
                    .colors = {Color::Red}};
  const Library library("rehearse.codec_test.Parts");
  ASSERT_TRUE(library.Accepts(BytesOf(parts)));
  EXPECT_EQ(library.ToJson(BytesOf(parts)),
            "{\"text\": \"a\\\"b\",\"bytes\": [1,2],\"leaf\": {\"name\": \"oak\",\"weight\": 7},"
            "\"texts\": [\"x\",\"\"],\"leaves\": [{\"name\": \"elm\"},{\"weight\": 1}],"
            "\"flags\": [true,false],\"int64s\": [-5,6],\"colors\": [\"Red\"]}");
}

TEST(MessagesFormatTest, WeReadWhatTheLibraryWrites) {
  const Library library("rehearse.codec_test.Parts");
  const absl::StatusOr<Parts> parts = Parts::Parse(library.FromJson(R"({
    "text": "t", "bytes": [7, 8], "other_leaf": {"name": "ash", "weight": -3},
    "texts": ["", "u"], "leaves": [{}, {"weight": 9}], "flags": [true],
    "uint64s": [18446744073709551615], "wide_reals": [0.25], "depths": ["Sky"]})"));
  ASSERT_TRUE(parts.ok()) << parts.status();
  const Parts expected{.text = "t",
                       .bytes = "\x07\x08",
                       .other_leaf = Leaf{.name = "ash"},
                       .texts = {"", "u"},
                       .leaves = {{}, {.weight = 9}},
                       .flags = {true},
                       .uint64s = {18446744073709551615u},
                       .wide_reals = {0.25},
                       .depths = {Depth::Sky}};
  EXPECT_EQ(*parts, expected);
}

TEST(MessagesFormatTest, DefaultsMeanTheSame) {
  const Library library("rehearse.codec_test.Numbers");
  EXPECT_EQ(BytesOf(Numbers::Parse(library.FromJson("{}")).value()), BytesOf(Numbers()));
  EXPECT_EQ(library.ToJson(BytesOf(Numbers())), "{}");
}

TEST(MessagesFormatTest, TheLibraryReadsOurUnions) {
  const Drawing drawing{.title = "t",
                        .form = Box{.label = "b", .inside = {Circle{.radius = 0.5}}},
                        .main = Circle{.radius = 2.0},
                        .forms = {Circle{.radius = 0.25}, Tree{.value = 7}}};
  const Library library("rehearse.codec_test.Drawing");
  ASSERT_TRUE(library.Accepts(BytesOf(drawing)));
  EXPECT_EQ(library.ToJson(BytesOf(drawing)),
            "{\"title\": \"t\",\"form_type\": \"Box\",\"form\": {\"label\": \"b\","
            "\"inside_type\": [\"Circle\"],\"inside\": [{\"radius\": 0.5}]},"
            "\"main_type\": \"Circle\",\"main\": {\"radius\": 2.0},"
            "\"forms_type\": [\"Circle\",\"plant\"],"
            "\"forms\": [{\"radius\": 0.25},{\"value\": 7}]}");
}

TEST(MessagesFormatTest, WeReadTheLibrarysUnions) {
  const Library library("rehearse.codec_test.Drawing");
  const absl::StatusOr<Drawing> drawing = Drawing::Parse(library.FromJson(R"({
    "form_type": "plant", "form": {"value": 3}, "main_type": "Circle", "main": {},
    "forms_type": ["Box", "Circle"], "forms": [{"label": "x"}, {"radius": 4.0}]})"));
  ASSERT_TRUE(drawing.ok()) << drawing.status();
  const Drawing expected{.form = Tree{.value = 3},
                         .main = Circle(),
                         .forms = {Box{.label = "x"}, Circle{.radius = 4.0}}};
  EXPECT_EQ(*drawing, expected);
}

RC_GTEST_PROP(MessagesFormatProperty, TheLibraryAcceptsAllUnions, ()) {
  static const Library library("rehearse.codec_test.Drawing");
  RC_ASSERT(library.Accepts(BytesOf(DrawDrawing())));
}

RC_GTEST_PROP(MessagesFormatProperty, TheLibraryAcceptsAllNumbers, ()) {
  static const Library library("rehearse.codec_test.Numbers");
  RC_ASSERT(library.Accepts(BytesOf(DrawNumbers())));
}

RC_GTEST_PROP(MessagesFormatProperty, TheLibraryAcceptsAllParts, ()) {
  static const Library library("rehearse.codec_test.Parts");
  RC_ASSERT(library.Accepts(BytesOf(DrawParts())));
}

RC_GTEST_PROP(MessagesFormatProperty, TheLibraryAcceptsAllTrees, ()) {
  static const Library library("rehearse.codec_test.Tree");
  RC_ASSERT(library.Accepts(BytesOf(DrawTree())));
}

}  // namespace
}  // namespace rehearse::codec_test
