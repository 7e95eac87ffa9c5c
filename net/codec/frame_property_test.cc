// Laws of frames: how a stream is cut into pieces makes no difference.

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "rehearse/net/codec/frame.h"

namespace rehearse::net {
namespace {

// Feeds the stream in arbitrary pieces, asking for frames between them or not.
std::vector<std::string> Decode(const std::string& stream, FrameDecoder& decoder) {
  std::vector<std::string> frames;
  size_t at = 0;
  while (at < stream.size()) {
    const auto piece = *rc::gen::inRange<size_t>(1, 20);
    decoder.Feed(absl::string_view(stream).substr(at, piece));
    at += piece;
    if (*rc::gen::arbitrary<bool>() && at < stream.size()) continue;
    for (;;) {
      const auto frame = decoder.Next();
      if (!frame.ok() || !frame->has_value()) break;
      frames.emplace_back(**frame);
    }
  }
  return frames;
}

RC_GTEST_PROP(FrameProperty, FramesSurviveAnyCutting, (const std::vector<std::string>& payloads)) {
  std::string stream;
  for (const std::string& payload : payloads) RC_ASSERT(AppendFrame(payload, stream).ok());
  FrameDecoder decoder;
  RC_ASSERT(Decode(stream, decoder) == payloads);
  RC_ASSERT(decoder.pending_bytes() == 0u);
}

RC_GTEST_PROP(FrameProperty, RandomBytesGiveFramesOrOneError, (const std::string& stream)) {
  FrameDecoder decoder;
  size_t given_out = 0;
  for (const std::string& frame : Decode(stream, decoder)) {
    given_out += kFrameHeaderBytes + frame.size();
  }
  RC_ASSERT(given_out + decoder.pending_bytes() <= stream.size());
  const absl::Status status = decoder.Next().status();
  RC_ASSERT(status.ok() || status.code() == absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace rehearse::net
