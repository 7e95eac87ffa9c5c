#include "rehearse/net/codec/frame.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"

namespace rehearse::net {
namespace {

using Header = std::array<char, kFrameHeaderBytes>;

constexpr int kFlagsShift = 24;

size_t LimitOf(FrameOptions options) {
  return std::min(options.frame_bytes_max, kFrameBytesCeiling);
}

Header HeaderOf(size_t payload_bytes) {
  Header header;
  for (size_t i = 0; i < header.size(); ++i) {
    header[i] = static_cast<char>(payload_bytes >> (8 * i) & 0xff);
  }
  return header;
}

uint32_t ReadHeader(absl::string_view bytes) {
  uint32_t word = 0;
  for (size_t i = 0; i < kFrameHeaderBytes; ++i) {
    word |= uint32_t{static_cast<uint8_t>(bytes[i])} << (8 * i);
  }
  return word;
}

absl::Status CheckLength(size_t payload_bytes, FrameOptions options) {
  const size_t limit = LimitOf(options);
  if (payload_bytes <= limit) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat("frame a payload of ", payload_bytes,
                                                   " bytes: the limit is ", limit, ", send less"));
}

}  // namespace

absl::Status AppendFrame(absl::string_view payload, std::string& out, FrameOptions options) {
  REHEARSE_RETURN_IF_ERROR(CheckLength(payload.size(), options));
  const Header header = HeaderOf(payload.size());
  out.append(header.data(), header.size());
  out.append(payload.data(), payload.size());
  return absl::OkStatus();
}

size_t BeginFrame(std::string& out) {
  const size_t begin = out.size();
  out.append(kFrameHeaderBytes, '\0');
  return begin;
}

absl::Status EndFrame(size_t begin, std::string& out, FrameOptions options) {
  const size_t payload_bytes = out.size() - begin - kFrameHeaderBytes;
  if (absl::Status status = CheckLength(payload_bytes, options); !status.ok()) {
    out.resize(begin);
    return status;
  }
  const Header header = HeaderOf(payload_bytes);
  std::copy(header.begin(), header.end(), out.begin() + static_cast<std::ptrdiff_t>(begin));
  return absl::OkStatus();
}

FrameDecoder::FrameDecoder(FrameOptions options) : options_(options) {}

void FrameDecoder::Feed(absl::string_view bytes) {
  if (!error_.ok()) {
    buffer_ = std::string();
    taken_ = 0;
    return;
  }
  // Moving the rest only when it is the smaller part makes each byte move once on average.
  if (taken_ >= buffer_.size() - taken_) {
    buffer_.erase(0, taken_);
    taken_ = 0;
  }
  buffer_.append(bytes.data(), bytes.size());
}

absl::StatusOr<std::optional<absl::string_view>> FrameDecoder::Next() {
  if (!error_.ok()) return error_;
  const absl::string_view rest = absl::string_view(buffer_).substr(taken_);
  if (rest.size() < kFrameHeaderBytes) return std::nullopt;
  const uint32_t word = ReadHeader(rest);
  const size_t payload_bytes = word & kFrameBytesCeiling;
  if (word >> kFlagsShift != 0) {
    error_ = absl::DataLossError(
        absl::StrCat("read a frame: unknown flags ", word >> kFlagsShift, " in its header"));
  } else if (payload_bytes > LimitOf(options_)) {
    error_ = absl::DataLossError(absl::StrCat("read a frame: the peer announced ", payload_bytes,
                                              " bytes, the limit is ", LimitOf(options_)));
  }
  if (!error_.ok()) return error_;
  if (rest.size() - kFrameHeaderBytes < payload_bytes) return std::nullopt;
  taken_ += kFrameHeaderBytes + payload_bytes;
  return rest.substr(kFrameHeaderBytes, payload_bytes);
}

}  // namespace rehearse::net
