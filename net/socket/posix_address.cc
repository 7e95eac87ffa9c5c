#include "rehearse/net/socket/posix_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/socket/unix_address.h"

namespace rehearse::net {
namespace {

constexpr size_t kNameOffset = offsetof(sockaddr_un, sun_path);
static_assert(kUnixNameBytesMax + 1 == sizeof(sockaddr_un::sun_path), "a path ends with a zero");

// `name` is one. An abstract one begins with a zero byte; without a name Linux picks one.
PosixAddress FromUnixName(absl::string_view name) {
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  std::memcpy(local.sun_path, name.data(), name.size());
  if (!IsUnixPath(name)) local.sun_path[0] = '\0';
  PosixAddress made;
  std::memcpy(&made.storage, &local, sizeof(local));
  const size_t bytes = IsUnixPath(name) ? name.size() + 1 : name == "@" ? 0 : name.size();
  made.size = static_cast<socklen_t>(kNameOffset + bytes);
  return made;
}

// An abstract name may have zero bytes in it; the socket may have no name.
std::string UnixNameOf(const PosixAddress& address) {
  if (address.size <= kNameOffset) return "";
  sockaddr_un local;
  std::memcpy(&local, &address.storage, sizeof(local));
  const size_t bytes = std::min(address.size - kNameOffset, sizeof(local.sun_path));
  if (local.sun_path[0] != '\0') return std::string(local.sun_path, strnlen(local.sun_path, bytes));
  return absl::StrCat("@", absl::string_view(local.sun_path + 1, bytes - 1));
}

}  // namespace

absl::StatusOr<PosixAddress> PosixAddress::From(const SocketAddress& address) {
  if (const auto name = UnixName(address.host)) {
    REHEARSE_RETURN_IF_ERROR(CheckUnixAddress("socket address", address));
    return FromUnixName(*name);
  }
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
        absl::StrCat(address.ToString(),
                     " is no socket address: give an IP such as 127.0.0.1, or "
                     "unix:/path/to/socket"));
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
  if (family() == AF_UNIX) return {UnixHost(UnixNameOf(*this))};
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
