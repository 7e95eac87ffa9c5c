// The one text that an IP address has, and its bytes.

#ifndef REHEARSE_NET_SOCKET_IP_ADDRESS_H_
#define REHEARSE_NET_SOCKET_IP_ADDRESS_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace rehearse::net {

// "127.0.0.1" for "127.0.0.1"; nothing if it is no IPv4 address of four decimal numbers.
std::optional<std::string> CanonicalIp4(absl::string_view text);

// "::1" for "0:0::1", in the form of RFC 5952; nothing if it is no IPv6 address. Scopes
// ("fe80::1%eth0") belong to a host and are refused.
std::optional<std::string> CanonicalIp6(absl::string_view text);

// As it goes over the wire: 4 or 16 bytes, the most significant first; nothing if it is no address
// of that kind. The text is canonical.
std::optional<std::string> Ip4Bytes(absl::string_view text);
std::optional<std::string> Ip6Bytes(absl::string_view text);
std::optional<std::string> Ip4Text(absl::string_view bytes);
std::optional<std::string> Ip6Text(absl::string_view bytes);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_SOCKET_IP_ADDRESS_H_
