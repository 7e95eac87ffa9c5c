#include "rehearse/net/libp2p/dialing.h"

#include <optional>

#include "absl/strings/str_cat.h"

namespace rehearse::net {

absl::Status DialStatus(const absl::Status& status, absl::string_view address) {
  const bool expected = absl::IsDeadlineExceeded(status) || absl::IsCancelled(status) ||
                        absl::IsInvalidArgument(status) || absl::IsFailedPrecondition(status);
  return absl::Status(expected ? status.code() : absl::StatusCode::kUnavailable,
                      absl::StrCat("dial ", address, ": ", status.message()));
}

absl::Status CheckOwn(const Multiaddr& address, const PeerId& own) {
  const std::optional<PeerId> peer = address.peer();
  if (!peer.has_value() || *peer == own) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("listen at ", address.ToString(), ": this node is ", own.ToString()));
}

absl::Status Patience::Judge(const absl::Status& status) const {
  if (!is_shorter_ || !absl::IsDeadlineExceeded(status)) return status;
  return absl::UnavailableError(absl::StrCat("no answer within ", absl::FormatDuration(length_)));
}

}  // namespace rehearse::net
