#include "rehearse/net/tcp/handshake.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"

namespace rehearse::net {
namespace {

constexpr size_t kReadBytesMax = 4096;
constexpr size_t kQuotedBytesMax = 24;

// Whether `bytes` may yet become the preamble and more.
bool IsPreambleSoFar(absl::string_view bytes) {
  return bytes.substr(0, kTcpPreamble.size()) == kTcpPreamble.substr(0, bytes.size());
}

absl::Status Stranger(absl::string_view bytes) {
  return absl::DataLossError(absl::StrCat("it is no peer of ours: it began with \"",
                                          absl::CHexEscape(bytes.substr(0, kQuotedBytesMax)),
                                          "\", not \"rehearse/1\""));
}

}  // namespace

absl::StatusOr<std::string> ShakeHands(StreamSocket& socket, Instant deadline) {
  REHEARSE_RETURN_IF_ERROR(socket.Write(kTcpPreamble, deadline));
  std::string bytes;
  while (bytes.size() < kTcpPreamble.size()) {
    REHEARSE_ASSIGN_OR_RETURN(const size_t count, socket.Read(kReadBytesMax, bytes, deadline));
    if (!IsPreambleSoFar(bytes)) return Stranger(bytes);
    if (count == 0) {
      return absl::UnavailableError("it closed the connection before the handshake was over");
    }
  }
  return bytes.substr(kTcpPreamble.size());
}

}  // namespace rehearse::net
