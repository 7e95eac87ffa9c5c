#include "rehearse/net/libp2p/tcp/stream_services.h"

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "rehearse/net/codec/uvarint.h"
#include "rehearse/net/libp2p/ping/ping.h"

namespace rehearse::net {
namespace {

constexpr absl::Duration kPingIdle = absl::Seconds(60);
constexpr absl::Duration kIdentifyTimeout = absl::Seconds(10);
constexpr size_t kReadBytesMax = 4096;

}  // namespace

void AnswerPings(PeerStream& stream, const Node& node) {
  PingAnswerer answerer;
  for (;;) {
    std::string bytes;
    const absl::StatusOr<size_t> count =
        stream.Read(kReadBytesMax, bytes, node.DeadlineIn(kPingIdle));
    if (!count.ok()) return;
    if (*count == 0) break;
    const std::string answer = answerer.Receive(bytes);
    if (!stream.Write(answer, node.DeadlineIn(kPingIdle)).ok()) return;
  }
  stream.Finish();
}

// The end goes by itself, behind the message, and the stream stays until the peer has ended its
// side: a reset could overtake what the peer has not read yet.
void Identify(PeerStream& stream, const IdentifyMessage& message, const Node& node) {
  const absl::StatusOr<std::string> encoded = message.Encode();
  if (!encoded.ok()) return;
  std::string bytes;
  AppendCounted(*encoded, bytes);
  const Instant deadline = node.DeadlineIn(kIdentifyTimeout);
  if (!stream.Write(bytes, deadline).ok()) return;
  stream.Finish();
  std::string ignored;
  absl::StatusOr<size_t> count = 1;
  while (count.ok() && *count > 0) {
    ignored.clear();
    count = stream.Read(kReadBytesMax, ignored, deadline);
  }
}

}  // namespace rehearse::net
