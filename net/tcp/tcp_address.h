// The addresses that a TcpNetwork knows: "/ip4/127.0.0.1/tcp/8020", "/ip6/::1/tcp/8020".

#ifndef REHEARSE_NET_TCP_TCP_ADDRESS_H_
#define REHEARSE_NET_TCP_TCP_ADDRESS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/net/socket/sockets.h"

namespace rehearse::net {

//   kInvalidArgument  it is no multiaddr, or one for another transport.
absl::StatusOr<SocketAddress> ParseTcpAddress(absl::string_view text);

std::string TcpAddressText(const SocketAddress& address);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_TCP_TCP_ADDRESS_H_
