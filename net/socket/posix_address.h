// Socket addresses as the host wants them.

#ifndef REHEARSE_NET_SOCKET_POSIX_ADDRESS_H_
#define REHEARSE_NET_SOCKET_POSIX_ADDRESS_H_

#include <sys/socket.h>

#include "absl/status/statusor.h"
#include "rehearse/net/socket/sockets.h"

namespace rehearse::net {

struct PosixAddress {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);

  //   kInvalidArgument  the host is no IP and no Unix socket's name.
  static absl::StatusOr<PosixAddress> From(const SocketAddress& address);

  // "?" and 0 for what is neither IPv4 nor IPv6 nor Unix.
  SocketAddress ToSocketAddress() const;

  int family() const { return storage.ss_family; }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// The two ends of `fd`; "?" and 0 if it has none.
SocketAddress LocalAddress(int fd);
SocketAddress PeerAddress(int fd);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_SOCKET_POSIX_ADDRESS_H_
