// What the host's refusals mean in this seam.

#ifndef REHEARSE_NET_SOCKET_POSIX_ERROR_H_
#define REHEARSE_NET_SOCKET_POSIX_ERROR_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "rehearse/net/socket/sockets.h"

namespace rehearse::net {

// `what` was tried with `address`, and `error`, an errno, came back.
//   kAlreadyExists, kInvalidArgument, kResourceExhausted, else kUnavailable
absl::Status HostError(absl::string_view what, const SocketAddress& address, int error);

// For who has no better word for kResourceExhausted than kUnavailable: a retry may help.
absl::Status ExhaustedIsUnavailable(const absl::Status& status);

// The call would have had to wait.
bool WouldBlock(int error);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_SOCKET_POSIX_ERROR_H_
