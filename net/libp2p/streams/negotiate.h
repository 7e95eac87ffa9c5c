// multistream-select on a stream of bytes, by a fiber.

#ifndef REHEARSE_NET_LIBP2P_STREAMS_NEGOTIATE_H_
#define REHEARSE_NET_LIBP2P_STREAMS_NEGOTIATE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/net/socket/sockets.h"

namespace rehearse::net {

struct Agreement {
  std::string protocol;
  std::string surplus;  // what came behind it, and belongs to the protocol
};

// Parks until both agree.
//   kUnimplemented     the peer takes none of `protocols`, or asks for none of them.
//   kDataLoss          it does not speak multistream-select.
//   kUnavailable       the stream is over.
//   kDeadlineExceeded, kCancelled, kFailedPrecondition
absl::StatusOr<Agreement> ProposeProtocols(StreamSocket& stream, std::vector<std::string> protocols,
                                           Instant deadline);
absl::StatusOr<Agreement> AwaitProtocol(StreamSocket& stream, std::vector<std::string> protocols,
                                        Instant deadline);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_STREAMS_NEGOTIATE_H_
