#include "rehearse/net/socket/posix_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace rehearse::net {

absl::StatusOr<PosixAddress> PosixAddress::From(const SocketAddress& address) {
  PosixAddress made;
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (inet_pton(AF_INET, address.host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(address.port);
    made.size = sizeof(v4);
    std::memcpy(&made.storage, &v4, sizeof(v4));
  } else if (inet_pton(AF_INET6, address.host.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(address.port);
    made.size = sizeof(v6);
    std::memcpy(&made.storage, &v6, sizeof(v6));
  } else {
    return absl::InvalidArgumentError(
        absl::StrCat(address.ToString(), " is no socket address: give an IP such as 127.0.0.1"));
  }
  return made;
}

SocketAddress PosixAddress::ToSocketAddress() const {
  std::array<char, INET6_ADDRSTRLEN> text;
  if (family() == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &storage, sizeof(v4));
    return {inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size()), ntohs(v4.sin_port)};
  }
  if (family() == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, &storage, sizeof(v6));
    return {inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size()), ntohs(v6.sin6_port)};
  }
  return {"?", 0};
}

SocketAddress LocalAddress(int fd) {
  PosixAddress address;
  if (getsockname(fd, address.get(), &address.size) != 0) return {"?", 0};
  return address.ToSocketAddress();
}

SocketAddress PeerAddress(int fd) {
  PosixAddress address;
  if (getpeername(fd, address.get(), &address.size) != 0) return {"?", 0};
  return address.ToSocketAddress();
}

}  // namespace rehearse::net
