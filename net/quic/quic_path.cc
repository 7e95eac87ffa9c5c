#include "rehearse/net/quic/quic_path.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>

#include "rehearse/net/socket/ip_address.h"

namespace rehearse::net::quic {
namespace {

// In the network's order: the high byte first.
in_port_t PortOf(uint16_t port) {
  const unsigned char bytes[] = {static_cast<unsigned char>(port >> 8),
                                 static_cast<unsigned char>(port & 0xff)};
  in_port_t result = 0;
  std::memcpy(&result, bytes, sizeof result);
  return result;
}

uint16_t NumberOf(in_port_t port) {
  unsigned char bytes[2];
  std::memcpy(bytes, &port, sizeof bytes);
  return static_cast<uint16_t>(bytes[0] << 8 | bytes[1]);
}

}  // namespace

IpEnd::IpEnd(const SocketAddress& address) {
  if (const std::optional<std::string> v4 = Ip4Bytes(address.host)) {
    any.in.sin_family = AF_INET;
    any.in.sin_port = PortOf(address.port);
    std::memcpy(&any.in.sin_addr, v4->data(), v4->size());
    size = sizeof(any.in);
  } else if (const std::optional<std::string> v6 = Ip6Bytes(address.host)) {
    any.in6.sin6_family = AF_INET6;
    any.in6.sin6_port = PortOf(address.port);
    std::memcpy(&any.in6.sin6_addr, v6->data(), v6->size());
    size = sizeof(any.in6);
  }
}

SocketAddress ToSocketAddress(const ngtcp2_addr& address) {
  ngtcp2_sockaddr_union any{};
  std::memcpy(&any, address.addr, std::min<size_t>(address.addrlen, sizeof any));
  if (address.addrlen == sizeof(any.in) && any.sa.sa_family == AF_INET) {
    const absl::string_view bytes(reinterpret_cast<const char*>(&any.in.sin_addr), 4);
    return {*Ip4Text(bytes), NumberOf(any.in.sin_port)};
  }
  const absl::string_view bytes(reinterpret_cast<const char*>(&any.in6.sin6_addr), 16);
  return {Ip6Text(bytes).value_or("::"), NumberOf(any.in6.sin6_port)};
}

}  // namespace rehearse::net::quic
