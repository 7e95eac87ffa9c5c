#include "rehearse/net/remote/hello.h"

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/codec/envelope.h"

namespace rehearse::net {

std::string HelloFrame(const Node& node) {
  std::string frame;
  EncodeEnvelope({.kind = EnvelopeKind::kHello,
                  .node_name = node.name(),
                  .incarnation = node.incarnation(),
                  .protocol_version = kProtocolVersion},
                 frame);
  return frame;
}

absl::Status NoHello(absl::Duration timeout) {
  return absl::DeadlineExceededError(
      absl::StrCat("no hello within ", absl::FormatDuration(timeout)));
}

absl::StatusOr<Hello> ParseHello(absl::string_view frame) {
  REHEARSE_ASSIGN_OR_RETURN(const WireEnvelope envelope, DecodeEnvelope(frame));
  if (envelope.kind != EnvelopeKind::kHello) {
    return absl::DataLossError("the first frame is not a hello");
  }
  if (envelope.protocol_version != kProtocolVersion) {
    return absl::FailedPreconditionError(
        absl::StrCat("the peer speaks version ", envelope.protocol_version,
                     " of the actor protocol, this node ", kProtocolVersion));
  }
  return Hello{std::string(envelope.node_name), envelope.incarnation};
}

}  // namespace rehearse::net
