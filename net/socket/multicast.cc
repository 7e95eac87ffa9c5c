#include "rehearse/net/socket/multicast.h"

#include <cstdint>
#include <optional>

#include "absl/strings/str_cat.h"
#include "rehearse/net/socket/ip_address.h"

namespace rehearse::net {

absl::Status CheckGroup(const SocketAddress& group) {
  const std::optional<std::string> ip = Ip4Bytes(group.host);
  const bool is_group = ip.has_value() && (static_cast<uint8_t>(ip->front()) & 0xf0) == 0xe0;
  if (is_group && group.port != 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("join ", group.ToString(), ": want a group and its port, as 224.0.0.251:5353"));
}

}  // namespace rehearse::net
