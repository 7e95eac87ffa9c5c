#include "rehearse/net/tcp/tcp_address.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/multiaddr.h"
#include "rehearse/net/port.h"

namespace rehearse::net {

absl::StatusOr<SocketAddress> ParseTcpAddress(absl::string_view text) {
  REHEARSE_ASSIGN_OR_RETURN(const Multiaddr address, Multiaddr::Parse(text));
  const std::vector<MultiaddrPart>& parts = address.parts;
  const bool fits = parts.size() == 2 && parts[1].protocol == "tcp" &&
                    (parts[0].protocol == "ip4" || parts[0].protocol == "ip6");
  if (!parts.empty() && absl::StartsWith(parts[0].protocol, "dns")) {
    return absl::InvalidArgumentError(
        absl::StrCat("address \"", address.ToString(),
                     "\": names are not resolved, give the IP address; write for example "
                     "/ip4/127.0.0.1/tcp/8020"));
  }
  if (!fits) {
    return absl::InvalidArgumentError(
        absl::StrCat("address \"", address.ToString(),
                     "\": is not for TCP; write for example /ip4/127.0.0.1/tcp/8020"));
  }
  REHEARSE_ASSIGN_OR_RETURN(const uint16_t port, ParsePort(parts[1].value));
  return SocketAddress{parts[0].value, port};
}

std::string TcpAddressText(const SocketAddress& address) {
  const bool v6 = address.host.find(':') != std::string::npos;
  return absl::StrCat(v6 ? "/ip6/" : "/ip4/", address.host, "/tcp/", address.port);
}

}  // namespace rehearse::net
