#include "rehearse/net/libp2p/secure_channel.h"

#include "absl/strings/str_cat.h"

namespace rehearse::net {

absl::Status CheckExpected(const std::optional<PeerId>& expected, const PeerId& found) {
  if (!expected.has_value() || *expected == found) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat("the peer is ", found.ToString(), ", not ", expected->ToString()));
}

}  // namespace rehearse::net
