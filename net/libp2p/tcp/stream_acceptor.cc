#include "rehearse/net/libp2p/tcp/stream_acceptor.h"

#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/net/tcp/tcp_address.h"

namespace rehearse::net {

StreamAcceptor::StreamAcceptor(std::shared_ptr<SecureContext> context,
                               std::unique_ptr<ListenSocket> socket)
    : context_(std::move(context)),
      socket_(std::move(socket)),
      address_(socket_->address()),
      arrivals_(context_->tcp->node.scheduler(),
                static_cast<size_t>(context_->options.tcp.incoming_max),
                absl::StrCat("accept at ", TcpAddressText(address_))) {}

void StreamAcceptor::Start() {
  context_->tcp->Start("libp2p accept", [self = shared_from_this()] {
    const absl::Cleanup close = [&] { self->Close(); };  // whoever waits for a stream is told
    self->AcceptAll();
  });
}

void StreamAcceptor::AcceptAll() {
  while (!arrivals_.closed()) {
    absl::StatusOr<std::unique_ptr<StreamSocket>> socket = socket_->Accept();
    if (socket.ok()) {
      Receive(*std::move(socket));
    } else if (absl::IsResourceExhausted(socket.status())) {
      context_->tcp->Report(TcpEvent::kExhausted, "rest at", TcpAddressText(address_),
                            socket.status().message());
      if (!Rest()) return;
    } else {
      return;
    }
  }
}

// False: the fiber is to end.
bool StreamAcceptor::Rest() {
  Wait wait(context_->tcp->node.scheduler(), "Rest");
  return wait.Until(context_->tcp->node.DeadlineIn(context_->options.tcp.exhausted_pause)) ==
         WakeReason::kDeadline;
}

void StreamAcceptor::Receive(std::unique_ptr<StreamSocket> socket) {
  const Instant now = context_->tcp->node.DeadlineIn(absl::ZeroDuration());
  absl::StatusOr<Admission::Place> place = context_->admission->TryEnter(socket->peer(), now);
  if (!place.ok()) {
    return Report(
        absl::IsUnavailable(place.status()) ? TcpEvent::kRefusedRate : TcpEvent::kRefusedLimit,
        socket->peer(), place.status());
  }
  context_->tcp->Start("libp2p handshake", [self = shared_from_this(), socket = std::move(socket),
                                            place = *std::move(place)]() mutable {
    self->Secure(std::move(socket), std::move(place));
  });
}

void StreamAcceptor::Secure(std::unique_ptr<StreamSocket> socket, Admission::Place place) {
  absl::StatusOr<Upgraded> upgraded = absl::UnavailableError("");
  {
    const Guests::Guest guest(guests_, *socket);
    if (arrivals_.closed()) return;
    const Instant deadline =
        context_->tcp->node.DeadlineIn(context_->options.tcp.handshake_timeout);
    upgraded = context_->Prove(*socket, /*dialer=*/false, std::nullopt, deadline);
  }
  if (!upgraded.ok()) return Refuse(socket->peer(), upgraded.status());
  const absl::Status allowed = context_->admission->CheckPeer(upgraded->channel->peer()->id);
  if (!allowed.ok()) return Report(TcpEvent::kRefusedPeer, socket->peer(), allowed);
  context_->Adopt(std::move(socket), *std::move(upgraded), /*dialer=*/false, std::move(place),
                  [self = shared_from_this()](std::unique_ptr<MuxedStream> stream) {
                    self->OnStream(std::move(stream));
                  });
}

void StreamAcceptor::Refuse(const SocketAddress& peer, const absl::Status& why) {
  if (arrivals_.closed() || absl::IsCancelled(why)) return;
  Report(absl::IsDeadlineExceeded(why)   ? TcpEvent::kRefusedStalled
         : absl::IsUnavailable(why)      ? TcpEvent::kLostInHandshake
         : absl::IsPermissionDenied(why) ? TcpEvent::kRefusedProof
                                         : TcpEvent::kRefusedPreamble,
         peer, why);
}

void StreamAcceptor::Report(TcpEvent event, const SocketAddress& peer, const absl::Status& why) {
  context_->tcp->Report(event, "refuse", TcpAddressText(peer), why.message());
}

void StreamAcceptor::OnStream(std::unique_ptr<MuxedStream> stream) {
  context_->tcp->Start("libp2p select",
                       [self = shared_from_this(), stream = std::move(stream)]() mutable {
                         self->context_->Select(std::move(stream), self);
                       });
}

void StreamAcceptor::Close() {
  if (!arrivals_.Close()) return;
  guests_.CloseAll();
  socket_->Close();
}

}  // namespace rehearse::net
