#include "rehearse/net/quic/quic_address.h"

#include <algorithm>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/port.h"

namespace rehearse::net {

absl::StatusOr<SocketAddress> ParseQuicAddress(const Multiaddr& address) {
  const std::vector<MultiaddrPart> parts = address.WithoutPeer().parts;
  const bool fits = parts.size() == 3 && parts[1].protocol == "udp" &&
                    parts[2].protocol == "quic-v1" &&
                    (parts[0].protocol == "ip4" || parts[0].protocol == "ip6");
  if (!fits) {
    return absl::InvalidArgumentError(absl::StrCat(
        "address \"", address.ToString(),
        "\": is not for QUIC, or has a name where an IP address is needed; write for example "
        "/ip4/127.0.0.1/udp/8020/quic-v1"));
  }
  REHEARSE_ASSIGN_OR_RETURN(const uint16_t port, ParsePort(parts[1].value));
  return SocketAddress{parts[0].value, port};
}

std::string QuicAddressText(const SocketAddress& address) {
  const bool v6 = address.host.find(':') != std::string::npos;
  return absl::StrCat(v6 ? "/ip6/" : "/ip4/", address.host, "/udp/", address.port, "/quic-v1");
}

bool IsForQuic(const Multiaddr& address) {
  return std::any_of(address.parts.begin(), address.parts.end(),
                     [](const MultiaddrPart& part) { return part.protocol == "udp"; });
}

}  // namespace rehearse::net
