#include "rehearse/net/quic/quic_services.h"

#include <utility>

#include "absl/status/statusor.h"
#include "rehearse/net/libp2p/frames_protocol.h"
#include "rehearse/net/libp2p/identify/identify_message.h"
#include "rehearse/net/libp2p/ping/ping.h"
#include "rehearse/net/libp2p/tcp/negotiate.h"
#include "rehearse/net/libp2p/tcp/stream_services.h"
#include "rehearse/net/multiaddr.h"
#include "rehearse/net/quic/quic_address.h"

namespace rehearse::net {

std::vector<std::string> QuicServices::Protocols() {
  return {std::string(kPingProtocol), std::string(kIdentifyProtocol)};
}

void QuicServices::Serve(absl::string_view protocol, QuicStream& stream) const {
  const Node& node = context_->streams->node;
  if (protocol == kPingProtocol) return AnswerPings(stream, node);
  if (protocol != kIdentifyProtocol) return;
  IdentifyMessage message;
  message.public_key = identity_.public_key();
  message.protocols = Protocols();
  message.protocols.emplace_back(kFramesProtocol);
  absl::StatusOr<Multiaddr> observed = Multiaddr::Parse(QuicAddressText(stream.peer()));
  if (observed.ok()) message.observed_address = *std::move(observed);
  message.protocol_version = words_.protocol_version;
  message.agent_version = words_.agent_version;
  Identify(stream, message, node);
}

void QuicServices::Serve(QuicStream& stream) const {
  const Instant patience = context_->streams->node.DeadlineIn(context_->options.handshake_timeout);
  absl::StatusOr<Agreement> agreed = AwaitProtocol(stream, Protocols(), patience);
  if (!agreed.ok()) return;
  stream.Unread(std::move(agreed->surplus));
  Serve(agreed->protocol, stream);
}

}  // namespace rehearse::net
