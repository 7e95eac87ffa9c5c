#include "rehearse/net/socket/sockets.h"

#include "absl/strings/str_cat.h"
#include "rehearse/net/socket/ip_address.h"

namespace rehearse::net {
namespace {

bool IsV6(const SocketAddress& address) { return address.host.find(':') != std::string::npos; }

}  // namespace

std::string SocketAddress::ToString() const {
  return IsV6(*this) ? absl::StrCat("[", host, "]:", port) : absl::StrCat(host, ":", port);
}

absl::Status CheckDatagram(const SocketAddress& own, const SocketAddress& to, size_t bytes) {
  const bool is_ip = CanonicalIp4(to.host).has_value() || CanonicalIp6(to.host).has_value();
  const char* const wrong = bytes > kDatagramBytesMax ? "the datagram is too large"
                            : !is_ip                  ? "give an IP such as 127.0.0.1"
                            : IsV6(own) != IsV6(to)   ? "the socket is for the other kind of IP"
                            : to.port == 0            ? "nobody has port 0"
                                                      : nullptr;
  if (wrong == nullptr) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("send ", bytes, " bytes to ", to.ToString(), ": ", wrong));
}

}  // namespace rehearse::net
