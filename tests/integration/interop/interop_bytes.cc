#include "rehearse/tests/integration/interop/interop_bytes.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"

namespace rehearse::net {
namespace {

constexpr size_t kPieceBytes = size_t{64} << 10;

char ByteAt(uint64_t index) { return static_cast<char>(index ^ (index >> 8) ^ (index >> 16)); }

}  // namespace

std::string EncodeCount(uint64_t count) {
  std::string bytes(kCountBytes, '\0');
  for (size_t i = kCountBytes; i-- > 0; count >>= 8) bytes[i] = static_cast<char>(count);
  return bytes;
}

uint64_t DecodeCount(absl::string_view bytes) {
  uint64_t count = 0;
  for (const char byte : bytes) count = count << 8 | static_cast<uint8_t>(byte);
  return count;
}

void ByteChecker::Take(absl::string_view bytes) {
  for (const char byte : bytes) {
    if (right_ == seen_ && byte == ByteAt(seen_)) ++right_;
    ++seen_;
  }
}

absl::Status SendBytes(PeerStream& stream, uint64_t count, Instant deadline) {
  std::string piece;
  for (uint64_t sent = 0; sent < count; sent += piece.size()) {
    piece.resize(std::min<uint64_t>(kPieceBytes, count - sent));
    for (size_t i = 0; i < piece.size(); ++i) piece[i] = ByteAt(sent + i);
    REHEARSE_RETURN_IF_ERROR(stream.Write(piece, deadline));
  }
  return absl::OkStatus();
}

absl::Status CheckBytes(PeerStream& stream, uint64_t count, ByteChecker& checker,
                        Instant deadline) {
  while (checker.seen() < count) {
    std::string bytes;
    REHEARSE_ASSIGN_OR_RETURN(const size_t read, stream.Read(kPieceBytes, bytes, deadline));
    if (read == 0) break;
    checker.Take(bytes);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadExactly(PeerStream& stream, size_t count, Instant deadline) {
  std::string bytes;
  while (bytes.size() < count) {
    REHEARSE_ASSIGN_OR_RETURN(const size_t read,
                              stream.Read(count - bytes.size(), bytes, deadline));
    if (read > 0) continue;
    return absl::UnavailableError(
        absl::StrCat("the stream ended after ", bytes.size(), " of ", count, " bytes"));
  }
  return bytes;
}

absl::StatusOr<std::string> ReadRest(PeerStream& stream, Instant deadline) {
  std::string bytes;
  for (size_t read = 1; read > 0;) {
    REHEARSE_ASSIGN_OR_RETURN(read, stream.Read(kPieceBytes, bytes, deadline));
  }
  return bytes;
}

}  // namespace rehearse::net
