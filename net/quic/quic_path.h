// Socket addresses as the library wants them. For the files of this room.

#ifndef REHEARSE_NET_QUIC_QUIC_PATH_H_
#define REHEARSE_NET_QUIC_QUIC_PATH_H_

#include <cstring>

#include "rehearse/net/quic/ngtcp2_api.h"
#include "rehearse/net/socket/sockets.h"

namespace rehearse::net::quic {

// An IP address and a port; port 0 of nothing for what is neither IPv4 nor IPv6.
struct IpEnd {
  IpEnd() = default;
  explicit IpEnd(const SocketAddress& address);

  // Which does not change it.
  ngtcp2_addr Get() const { return {const_cast<ngtcp2_sockaddr*>(&any.sa), size}; }
  bool Is(const ngtcp2_addr& address) const {
    return address.addrlen == size && std::memcmp(address.addr, &any, size) == 0;
  }

  ngtcp2_sockaddr_union any{};
  ngtcp2_socklen size = 0;
};

SocketAddress ToSocketAddress(const ngtcp2_addr& address);

}  // namespace rehearse::net::quic

#endif  // REHEARSE_NET_QUIC_QUIC_PATH_H_
