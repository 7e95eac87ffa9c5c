#include "rehearse/tests/integration/interop/interop_protocols.h"

#include "absl/status/status.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/node.h"
#include "rehearse/tests/integration/interop/interop_bytes.h"

namespace rehearse::net {
namespace {

constexpr size_t kReadBytesMax = size_t{64} << 10;

// The stream stays until the peer has ended its side: a reset could overtake what it has not read.
absl::Status EndBoth(PeerStream& stream, Instant deadline) {
  stream.Finish();
  return ReadRest(stream, deadline).status();
}

absl::Status Echo(PeerStream& stream, Instant deadline) {
  for (;;) {
    std::string bytes;
    REHEARSE_ASSIGN_OR_RETURN(const size_t count, stream.Read(kReadBytesMax, bytes, deadline));
    if (count == 0) return EndBoth(stream, deadline);
    REHEARSE_RETURN_IF_ERROR(stream.Write(bytes, deadline));
  }
}

absl::Status Sink(PeerStream& stream, Instant deadline) {
  REHEARSE_ASSIGN_OR_RETURN(const std::string count, ReadExactly(stream, kCountBytes, deadline));
  ByteChecker checker;
  REHEARSE_RETURN_IF_ERROR(CheckBytes(stream, DecodeCount(count), checker, deadline));
  REHEARSE_RETURN_IF_ERROR(stream.Write(EncodeCount(checker.right()), deadline));
  return EndBoth(stream, deadline);
}

absl::Status Source(PeerStream& stream, Instant deadline) {
  REHEARSE_ASSIGN_OR_RETURN(const std::string count, ReadExactly(stream, kCountBytes, deadline));
  REHEARSE_RETURN_IF_ERROR(SendBytes(stream, DecodeCount(count), deadline));
  return EndBoth(stream, deadline);
}

// A handler that says on stderr what went wrong.
template <typename Serve>
StreamHandler Handler(Serve serve) {
  return [serve](PeerStream& stream) {
    const Node& node = CurrentNode();
    const absl::Status status = serve(stream, node.DeadlineIn(kInteropPatience));
    if (!status.ok()) node.log().Write(Severity::kWarning, status.ToString());
  };
}

}  // namespace

StreamHandlers InteropProtocols() {
  return {{std::string(kEchoProtocol), Handler(Echo)},
          {std::string(kSinkProtocol), Handler(Sink)},
          {std::string(kSourceProtocol), Handler(Source)}};
}

}  // namespace rehearse::net
