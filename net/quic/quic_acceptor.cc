#include "rehearse/net/quic/quic_acceptor.h"

#include <string>
#include <utility>
#include <vector>

#include "rehearse/net/libp2p/frames_protocol.h"
#include "rehearse/net/libp2p/streams/negotiate.h"

namespace rehearse::net {

absl::Status QuicAcceptor::Start() {
  return endpoint_->Listen([self = shared_from_this()](std::unique_ptr<QuicStream> stream) {
    self->OnStream(std::move(stream));
  });
}

void QuicAcceptor::OnStream(std::unique_ptr<QuicStream> stream) {
  context_->streams->Start("quic select",
                           [self = shared_from_this(), stream = std::move(stream)]() mutable {
                             self->Select(std::move(stream));
                           });
}

void QuicAcceptor::Select(std::unique_ptr<QuicStream> stream) {
  std::vector<std::string> protocols = context_->services.protocols();
  if (!arrivals_.closed()) protocols.emplace_back(kFramesProtocol);
  const Instant deadline = context_->streams->node.DeadlineIn(context_->options.handshake_timeout);
  absl::StatusOr<Agreement> agreed = AwaitProtocol(*stream, std::move(protocols), deadline);
  if (!agreed.ok()) return;
  stream->Unread(std::move(agreed->surplus));
  if (agreed->protocol != kFramesProtocol) {
    return context_->services.Serve(agreed->protocol, *stream);
  }
  arrivals_.Offer(std::move(stream));
}

void QuicAcceptor::Close() {
  if (arrivals_.Close()) endpoint_->StopListening();
}

}  // namespace rehearse::net
