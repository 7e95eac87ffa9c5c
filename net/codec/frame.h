// Frames: where one envelope ends and the next begins on a stream of bytes.
//
// A frame is a header of four bytes, little-endian, and a payload. The header's low 24 bits are the
// payload's length; the high 8 are kept for flags and must be zero, so that whoever sets one is
// refused by those who don't know it. A payload may be empty.

#ifndef REHEARSE_NET_CODEC_FRAME_H_
#define REHEARSE_NET_CODEC_FRAME_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rehearse::net {

constexpr size_t kFrameHeaderBytes = 4;

// The longest payload that a header can announce: 16 MiB less one byte.
constexpr size_t kFrameBytesCeiling = (size_t{1} << 24) - 1;

struct FrameOptions {
  // The longest payload that is sent or taken; never counts for more than kFrameBytesCeiling.
  size_t frame_bytes_max = size_t{1} << 20;
};

// Appends a frame around `payload`, which doesn't lie in `out`.
//   kResourceExhausted  the payload is too long; `out` is as before. Send less.
absl::Status AppendFrame(absl::string_view payload, std::string& out, FrameOptions options = {});

// A frame whose payload is written in place:
//
//   const size_t begin = BeginFrame(out);
//   EncodeEnvelope(envelope, out);
//   REHEARSE_RETURN_IF_ERROR(EndFrame(begin, out));
//
// EndFrame refuses as AppendFrame does, and takes the unfinished frame back.
size_t BeginFrame(std::string& out);
absl::Status EndFrame(size_t begin, std::string& out, FrameOptions options = {});

// Takes a stream in pieces of any size and gives out its frames. For one stream and one fiber.
//
//   decoder.Feed(bytes);
//   for (;;) {
//     REHEARSE_ASSIGN_OR_RETURN(const std::optional<absl::string_view> frame, decoder.Next());
//     if (!frame.has_value()) break;
//     ...
//   }
//
// It holds what was fed and not given out yet, at most twice over, and keeps that memory for what
// comes; what a peer only announces takes none.
class FrameDecoder {
 public:
  explicit FrameDecoder(FrameOptions options = {});

  // Takes the next bytes of the stream. After an error they are dropped: there is no way to find
  // the next frame.
  void Feed(absl::string_view bytes);

  // The payload of the next frame, a view that lives until the next Feed; nothing if the frame is
  // not complete yet.
  //   kDataLoss  the peer announced a frame over the limit, or set unknown flags. Close the stream;
  //              every later call gives the same answer.
  absl::StatusOr<std::optional<absl::string_view>> Next();

  // Bytes that wait for the rest of their frame, or to be given out. Not zero at the stream's end:
  // the peer stopped within a frame.
  size_t pending_bytes() const { return buffer_.size() - taken_; }

 private:
  FrameOptions options_;
  std::string buffer_;
  size_t taken_ = 0;  // how much of it was given out
  absl::Status error_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CODEC_FRAME_H_
