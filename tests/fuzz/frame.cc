// The frames on a stream. The first byte says how long the pieces are.

#include "rehearse/net/codec/frame.h"

#include <string>

#include "rehearse/tests/fuzz/fuzz_target.h"

namespace rehearse {
namespace {

constexpr net::FrameOptions kSmall{.frame_bytes_max = 300};

struct Heard {
  std::string frames;  // framed again
  absl::Status status;

  friend bool operator==(const Heard&, const Heard&) = default;
};

Heard Hear(absl::string_view bytes, size_t piece_bytes) {
  net::FrameDecoder decoder(kSmall);
  Heard heard;
  InPieces(bytes, piece_bytes, [&](absl::string_view piece) {
    decoder.Feed(piece);
    while (heard.status.ok()) {
      const auto frame = decoder.Next();
      heard.status = frame.status();
      if (!frame.ok() || !frame->has_value()) return;
      REHEARSE_CHECK(net::AppendFrame(**frame, heard.frames, kSmall).ok(), "it was one");
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
  REHEARSE_CHECK(stream.substr(0, whole.frames.size()) == whole.frames, "not what was read");
}

}  // namespace rehearse
