#include "rehearse/net/remote/hello.h"

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/codec/envelope.h"

namespace rehearse::net {

std::string HelloFrame(const Node& node, Lane lane, const StreamPlace& place) {
  std::string frame;
  EncodeEnvelope({.kind = EnvelopeKind::kHello,
                  .node_name = node.name(),
                  .incarnation = node.incarnation(),
                  .protocol_version = kProtocolVersion,
                  .lane = static_cast<uint8_t>(lane),
                  .session = place.session,
                  .sequence = place.stream,
                  .settled = place.settled},
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
  if (envelope.lane > static_cast<uint8_t>(Lane::kGossip)) {
    return absl::FailedPreconditionError(
        absl::StrCat("the peer speaks of what has number ", envelope.lane, ", unknown here"));
  }
  return Hello{std::string(envelope.node_name),
               envelope.incarnation,
               static_cast<Lane>(envelope.lane),
               {envelope.session, envelope.sequence, envelope.settled}};
}

absl::StatusOr<Hello> GreetPeer(const Node& node, Stream& stream, absl::string_view peer, Lane lane,
                                absl::Duration timeout, const StreamPlace& place) {
  const Instant deadline = node.DeadlineIn(timeout);
  REHEARSE_RETURN_IF_ERROR(stream.Write(HelloFrame(node, lane, place), deadline));
  absl::StatusOr<std::string> frame = stream.Read(deadline);
  if (absl::IsDeadlineExceeded(frame.status())) return NoHello(timeout);
  if (!frame.ok()) return frame.status();
  REHEARSE_ASSIGN_OR_RETURN(Hello hello, ParseHello(*frame));
  if (peer.empty() || hello.node == peer) return hello;
  return absl::FailedPreconditionError(
      absl::StrCat("node ", hello.node, " answers at the address of ", peer));
}

}  // namespace rehearse::net
