#include "rehearse/net/quic/quic_context.h"

#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/libp2p/streams/negotiate.h"
#include "rehearse/net/libp2p/streams/stream_clients.h"
#include "rehearse/net/quic/quic_address.h"

namespace rehearse::net {
namespace {

// Nobody else can make this signature, and we make it of nothing else: a secret that is the same
// after a restart, so that peers believe that we have forgotten them.
std::string SecretOf(const Identity& identity) { return identity.Sign("rehearse-quic-tokens:"); }

}  // namespace

QuicContext::QuicContext(std::shared_ptr<TcpContext> streams, const Identity& identity,
                         Entropy& entropy, std::unique_ptr<QuicTls> tls, const QuicOptions& options,
                         const AdmissionOptions& admission, std::shared_ptr<UnreadBudget> unread,
                         StreamServices::Options services)
    : streams(std::move(streams)),
      identity(identity),
      services(this->streams->node, identity, std::move(services)),
      admission(std::make_shared<Admission>(admission)),
      unread(unread == nullptr ? std::make_shared<UnreadBudget>() : std::move(unread)),
      peers({.scheduler = this->streams->node.scheduler(),
             .own = identity.peer_id(),
             .admission = *this->admission,
             .known = this->services.known(),
             .is_ours = [](const Multiaddr& address) { return ParseQuicAddress(address).ok(); }}),
      entropy(entropy),
      tls(std::move(tls)),
      options(options),
      secret(SecretOf(identity)) {}

absl::StatusOr<std::unique_ptr<QuicStream>> OpenStream(QuicSession& session,
                                                       absl::string_view protocol,
                                                       Instant deadline) {
  REHEARSE_ASSIGN_OR_RETURN(std::unique_ptr<QuicStream> stream, session.Open(deadline));
  REHEARSE_ASSIGN_OR_RETURN(Agreement agreed,
                            ProposeProtocols(*stream, {std::string(protocol)}, deadline));
  stream->Unread(std::move(agreed.surplus));
  return stream;
}

void QuicContext::Select(std::unique_ptr<QuicStream> stream, std::shared_ptr<FrameStreams> frames) {
  const std::string peer = stream->peer_address();
  if (frames == nullptr || frames->closed()) frames = listeners.Any();
  const absl::Status status = services.Select(std::move(stream), frames.get());
  if (status.ok()) return;
  Count(QuicCount::kRefusedStream);
  streams->Report(TcpEvent::kRefusedStream, "refuse a stream of", peer, status.message());
}

void QuicContext::OnStreamOfDialed(std::unique_ptr<QuicStream> stream) {
  streams->Start("quic select", [self = shared_from_this(), stream = std::move(stream)]() mutable {
    self->Select(std::move(stream), nullptr);
  });
}

void QuicContext::PushIdentify() {
  for (const std::shared_ptr<QuicSession>& session : peers.All()) {
    streams->Start("quic push", [self = shared_from_this(), session] {
      const Instant deadline = self->streams->node.DeadlineIn(self->options.handshake_timeout);
      const auto stream = OpenStream(*session, kIdentifyPushProtocol, deadline);
      // Not every peer wants to be told.
      if (!stream.ok()) return;
      net::PushIdentify(**stream, self->services.Describe(**stream), deadline).IgnoreError();
    });
  }
}

QuicCounters QuicContext::counters() const {
  const auto of = [this](QuicCount count) {
    return counts_[static_cast<size_t>(count)].load(std::memory_order_relaxed);
  };
  return {.accepted = of(QuicCount::kAccepted),
          .dialed = of(QuicCount::kDialed),
          .closed = of(QuicCount::kClosed),
          .refused_limit = of(QuicCount::kRefusedLimit),
          .refused_proof = of(QuicCount::kRefusedProof),
          .refused_peer = of(QuicCount::kRefusedPeer),
          .lost_in_handshake = of(QuicCount::kLostInHandshake),
          .broke_protocol = of(QuicCount::kBrokeProtocol),
          .refused_streams = of(QuicCount::kRefusedStream),
          .junk = of(QuicCount::kJunk),
          .dropped = of(QuicCount::kDropped),
          .retries = of(QuicCount::kRetries),
          .resets = of(QuicCount::kResets),
          .version_negotiations = of(QuicCount::kVersionNegotiations),
          .packets_in = of(QuicCount::kPacketsIn),
          .packets_out = of(QuicCount::kPacketsOut)};
}

}  // namespace rehearse::net
