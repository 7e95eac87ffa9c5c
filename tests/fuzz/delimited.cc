// Messages behind their length. The first byte says how long the pieces are.

#include "rehearse/net/codec/delimited.h"

#include <string>

#include "rehearse/net/codec/uvarint.h"
#include "rehearse/tests/fuzz/fuzz_target.h"

namespace rehearse {
namespace {

struct Heard {
  std::string messages;  // delimited again
  absl::Status status;

  friend bool operator==(const Heard&, const Heard&) = default;
};

Heard Hear(absl::string_view bytes, size_t piece_bytes) {
  net::DelimitedReader reader(/*message_bytes_max=*/300);
  Heard heard;
  InPieces(bytes, piece_bytes, [&](absl::string_view piece) {
    reader.Feed(piece);
    while (heard.status.ok()) {
      const auto message = reader.Next();
      heard.status = message.status();
      if (!message.ok() || !message->has_value()) return;
      net::AppendCounted(**message, heard.messages);
    }
  });
  return heard;
}

}  // namespace

void Fuzz(absl::string_view bytes) {
  FuzzInput input(bytes);
  const size_t piece_bytes = input.Byte();
  const absl::string_view stream = input.Rest();
  const Heard whole = Hear(stream, stream.size());
  REHEARSE_CHECK(whole == Hear(stream, piece_bytes), "bytes mean something else in pieces");
  REHEARSE_CHECK(stream.substr(0, whole.messages.size()) == whole.messages, "not what was read");
}

}  // namespace rehearse
