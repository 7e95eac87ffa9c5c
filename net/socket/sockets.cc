#include "rehearse/net/socket/sockets.h"

#include "absl/strings/str_cat.h"

namespace rehearse::net {

std::string SocketAddress::ToString() const {
  const bool v6 = ip.find(':') != std::string::npos;
  return v6 ? absl::StrCat("[", ip, "]:", port) : absl::StrCat(ip, ":", port);
}

}  // namespace rehearse::net
