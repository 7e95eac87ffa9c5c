// The addresses that a QuicNetwork knows: "/ip4/127.0.0.1/udp/8020/quic-v1".

#ifndef REHEARSE_NET_QUIC_QUIC_ADDRESS_H_
#define REHEARSE_NET_QUIC_QUIC_ADDRESS_H_

#include <string>

#include "absl/status/statusor.h"
#include "rehearse/net/multiaddr.h"
#include "rehearse/net/socket/sockets.h"

namespace rehearse::net {

// What comes behind it, as the peer, is not looked at here.
//   kInvalidArgument  it is for another transport.
absl::StatusOr<SocketAddress> ParseQuicAddress(const Multiaddr& address);

std::string QuicAddressText(const SocketAddress& address);

// Whether `address` is meant for QUIC: it goes over UDP. Whether it is a good one, ParseQuicAddress
// says.
bool IsForQuic(const Multiaddr& address);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_QUIC_QUIC_ADDRESS_H_
