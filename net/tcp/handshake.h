// The first bytes on a connection: both sides say the same line, so that strangers, and versions
// that can't understand each other, part at once.

#ifndef REHEARSE_NET_TCP_HANDSHAKE_H_
#define REHEARSE_NET_TCP_HANDSHAKE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/net/socket/sockets.h"

namespace rehearse::net {

inline constexpr absl::string_view kTcpPreamble = "rehearse/1\n";

// Says the preamble and awaits the peer's. Returns the bytes that came right behind it.
//   kDataLoss          the peer began with something else; the message quotes it.
//   kDeadlineExceeded  it has not said all of it in time.
//   kUnavailable       the connection broke.
//   kCancelled, kFailedPrecondition
absl::StatusOr<std::string> ShakeHands(StreamSocket& socket, Instant deadline);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_TCP_HANDSHAKE_H_
