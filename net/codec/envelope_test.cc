#include "rehearse/net/codec/envelope.h"

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <flatbuffers/idl.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"

namespace rehearse::net {
namespace {

constexpr MessageId kMessageId{0x3b9128f1059344a0, 0xb83af4188baa05bf};

std::string Encode(const WireEnvelope& envelope) {
  std::string bytes;
  EncodeEnvelope(envelope, bytes);
  return bytes;
}

// One envelope of each kind, as it is used.
std::vector<WireEnvelope> Examples() {
  return {
      {.kind = EnvelopeKind::kHello,
       .node_name = "server-1",
       .incarnation = 3,
       .protocol_version = 1},
      {.kind = EnvelopeKind::kTell,
       .target = "counter",
       .message_id = kMessageId,
       .payload = "payload",
       .incarnation = 3},
      {.kind = EnvelopeKind::kAsk,
       .request_id = 42,
       .target = "counter",
       .message_id = kMessageId,
       .payload = absl::string_view("\0\1", 2),
       .timeout_nanos = 1000000000},
      {.kind = EnvelopeKind::kReply,
       .request_id = 42,
       .message_id = kMessageId,
       .payload = "answer"},
      {.kind = EnvelopeKind::kError,
       .request_id = 42,
       .status_code = absl::StatusCode::kNotFound,
       .status_message = "no actor counter",
       .effect = 1},
      {.kind = EnvelopeKind::kCancel, .request_id = 42},
      {.kind = EnvelopeKind::kTell,
       .target = "counter",
       .message_id = kMessageId,
       .payload = "payload",
       .flow = 0xfeedfacecafebeef},
      {.kind = EnvelopeKind::kHello, .node_name = "server-1", .protocol_version = 1, .lane = 1},
      {.kind = EnvelopeKind::kHello,
       .node_name = "server-1",
       .protocol_version = 1,
       .session = 0x1122334455667788},
      {.kind = EnvelopeKind::kTell,
       .request_id = 3,
       .target = "counter",
       .message_id = kMessageId,
       .sequence = 9,
       .settled = 7},
      {.kind = EnvelopeKind::kRoom, .request_id = 128, .target = "counter"},
      // Nothing anybody sends, but nothing is lost either.
      {.kind = EnvelopeKind::kTell, .target = "t", .effect = 9, .node_name = "n"},
  };
}

TEST(EnvelopeTest, APayloadWrittenInPlaceGivesTheSameBytes) {
  for (const absl::string_view payload : {"", "answer", "an answer that needs more room"}) {
    WireEnvelope envelope{.kind = EnvelopeKind::kReply, .request_id = 42};
    std::string bytes = "before";
    const size_t begin = BeginEnvelope(envelope, bytes);
    bytes.append(payload.data(), payload.size());
    EndEnvelope(begin, bytes);
    envelope.payload = payload;
    EXPECT_EQ(bytes, "before" + Encode(envelope));
  }
}

TEST(EnvelopeTest, ComesBackWhateverItsKind) {
  for (const WireEnvelope& envelope : Examples()) {
    const std::string bytes = Encode(envelope);
    const absl::StatusOr<WireEnvelope> decoded = DecodeEnvelope(bytes);
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(*decoded, envelope) << static_cast<int>(envelope.kind);
  }
}

TEST(EnvelopeTest, ComesBackFromAnyAddress) {
  for (const WireEnvelope& envelope : Examples()) {
    for (const size_t before : {1, 3, 8}) {
      std::string bytes(before, '!');
      EncodeEnvelope(envelope, bytes);
      EXPECT_EQ(DecodeEnvelope(absl::string_view(bytes).substr(before)).value(), envelope);
    }
  }
}

TEST(EnvelopeTest, ViewsItsInput) {
  const std::string bytes = Encode({.target = "counter", .payload = "payload"});
  const WireEnvelope envelope = DecodeEnvelope(bytes).value();
  for (const absl::string_view view : {envelope.target, envelope.payload}) {
    EXPECT_GE(view.data(), bytes.data());
    EXPECT_LE(view.data() + view.size(), bytes.data() + bytes.size());
  }
}

TEST(EnvelopeTest, RefusesBytesThatEndEarly) {
  for (const WireEnvelope& envelope : Examples()) {
    // The last string's final zero is the last byte that means something.
    const std::string bytes = Encode(envelope);
    for (size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_EQ(DecodeEnvelope(absl::string_view(bytes).substr(0, size)).status().code(),
                absl::StatusCode::kDataLoss)
          << size;
    }
  }
}

TEST(EnvelopeTest, RefusesATargetThatEndsWithTheBytes) {
  // Behind the fixed 80 bytes: the target's length, its text and zero, the payload's length of 0.
  std::string bytes = Encode({.target = "abc"});
  ASSERT_EQ(bytes.size(), 92);
  bytes[80] = 7;  // up to the last byte, which is a zero
  EXPECT_EQ(DecodeEnvelope(bytes)->target.size(), 7);
  bytes[80] = 8;  // with it; the zero of the string behind is not the message's
  EXPECT_FALSE(DecodeEnvelope(bytes).ok());
}

TEST(EnvelopeTest, RefusesKindsThatItDoesNotKnow) {
  for (const int kind : {0, 9, 255}) {
    const absl::Status status =
        DecodeEnvelope(Encode({.kind = static_cast<EnvelopeKind>(kind)})).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    EXPECT_TRUE(absl::StrContains(status.message(), "no kind has number")) << status;
  }
}

TEST(EnvelopeTest, RefusesANegativeTimeout) {
  EXPECT_TRUE(DecodeEnvelope(Encode({.timeout_nanos = 0})).ok());
  EXPECT_FALSE(DecodeEnvelope(Encode({.timeout_nanos = -1})).ok());
}

TEST(EnvelopeTest, RefusesAnErrorWithoutAnErrorsCode) {
  const auto decode = [](EnvelopeKind kind, int code) {
    return DecodeEnvelope(
               Encode({.kind = kind, .status_code = static_cast<absl::StatusCode>(code)}))
        .status();
  };
  EXPECT_TRUE(decode(EnvelopeKind::kError, 1).ok());
  EXPECT_TRUE(decode(EnvelopeKind::kError, 16).ok());
  EXPECT_FALSE(decode(EnvelopeKind::kError, 0).ok());
  EXPECT_FALSE(decode(EnvelopeKind::kError, 17).ok());
  EXPECT_FALSE(decode(EnvelopeKind::kError, -1).ok());
  EXPECT_TRUE(decode(EnvelopeKind::kReply, 0).ok());
}

TEST(EnvelopeTest, RefusesANameThatIsTooLong) {
  const std::string longest(kNameBytesMax, 'n');
  const std::string too_long = longest + "n";
  EXPECT_TRUE(DecodeEnvelope(Encode({.target = longest, .node_name = longest})).ok());
  for (const std::string& bytes : {Encode({.target = too_long}), Encode({.node_name = too_long}),
                                   Encode({.target = too_long, .flow = 1})}) {
    const absl::Status status = DecodeEnvelope(bytes).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    EXPECT_TRUE(absl::StrContains(status.message(), "a name is too long, in bytes: 1025"))
        << status;
  }
}

TEST(EnvelopeTest, SaysWhatItCouldNotRead) {
  EXPECT_EQ(DecodeEnvelope("abc").status().message(),
            "parse an envelope from 3 bytes: at byte 3: a table past the end");
}

// The library with envelope.fbs.
class EnvelopeSchemaTest : public testing::Test {
 protected:
  EnvelopeSchemaTest() {
    library_.opts.strict_json = true;
    library_.opts.indent_step = -1;
    EXPECT_TRUE(library_.Parse(ReadSchema().c_str())) << library_.error_;
  }

  static std::string ReadSchema() {
    std::ifstream file("net/codec/envelope.fbs");
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  std::string ToJson(const WireEnvelope& envelope) {
    std::string json;
    EXPECT_TRUE(flatbuffers::GenerateText(library_, Encode(envelope).data(), &json));
    return json;
  }

  std::string FromJson(const std::string& json) {
    EXPECT_TRUE(library_.ParseJson(json.c_str())) << library_.error_;
    return std::string(reinterpret_cast<const char*>(library_.builder_.GetBufferPointer()),
                       library_.builder_.GetSize());
  }

  flatbuffers::Parser library_;
};

TEST_F(EnvelopeSchemaTest, TheLibraryReadsAnAsk) {
  EXPECT_EQ(ToJson(Examples()[2]),
            "{\"kind\": \"Ask\",\"request_id\": 42,\"target\": \"counter\","
            "\"message_id_high\": 4292256935506560160,\"message_id_low\": 13275191237887526335,"
            "\"payload\": [0,1],\"timeout_nanos\": 1000000000,\"incarnation\": 0}");
}

TEST_F(EnvelopeSchemaTest, TheLibraryReadsAnError) {
  EXPECT_EQ(ToJson(Examples()[4]),
            "{\"kind\": \"Error\",\"request_id\": 42,\"status_code\": 5,"
            "\"status_message\": \"no actor counter\",\"effect\": 1}");
}

// A hello as it has always been, to the byte: seeds hash frames.
TEST(EnvelopeTest, WithoutAFlowNothingIsWrittenOfIt) {
  EXPECT_EQ(Encode(Examples()[0]).size(), 69u);
}

TEST_F(EnvelopeSchemaTest, APeerThatKnowsNoFlowReadsTheRest) {
  std::string schema = ReadSchema();
  const absl::string_view field = "  flow: ulong;\n";
  ASSERT_TRUE(absl::StrContains(schema, field));
  schema.erase(schema.find(field.data()), field.size());
  flatbuffers::Parser older;
  older.opts = library_.opts;
  ASSERT_TRUE(older.Parse(schema.c_str())) << older.error_;
  std::string json;
  ASSERT_TRUE(flatbuffers::GenerateText(older, Encode(Examples()[6]).data(), &json));
  EXPECT_TRUE(absl::StrContains(json, "\"kind\": \"Tell\",\"target\": \"counter\"")) << json;
  EXPECT_FALSE(absl::StrContains(json, "flow")) << json;
}

TEST_F(EnvelopeSchemaTest, WeReadWhatTheLibraryWrites) {
  for (const WireEnvelope& envelope : Examples()) {
    const std::string bytes = FromJson(ToJson(envelope));
    const absl::StatusOr<WireEnvelope> decoded = DecodeEnvelope(bytes);
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(*decoded, envelope) << static_cast<int>(envelope.kind);
  }
}

}  // namespace
}  // namespace rehearse::net
