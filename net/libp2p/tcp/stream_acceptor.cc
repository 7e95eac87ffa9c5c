#include "rehearse/net/libp2p/tcp/stream_acceptor.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/net/libp2p/frames_protocol.h"
#include "rehearse/net/libp2p/streams/negotiate.h"
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
  std::shared_ptr<void> place = context_->TryEnter();
  if (place == nullptr) {
    return context_->tcp->Report(TcpEvent::kRefusedLimit, "refuse", TcpAddressText(socket->peer()),
                                 absl::StrCat(context_->options.incoming_connections_max,
                                              " incoming connections are open, as many as may be"));
  }
  context_->tcp->Start("libp2p handshake", [self = shared_from_this(), socket = std::move(socket),
                                            place = std::move(place)]() mutable {
    self->Secure(std::move(socket), std::move(place));
  });
}

void StreamAcceptor::Secure(std::unique_ptr<StreamSocket> socket, std::shared_ptr<void> place) {
  absl::StatusOr<Upgraded> upgraded = absl::UnavailableError("");
  {
    const Guests::Guest guest(guests_, *socket);
    if (arrivals_.closed()) return;
    const Instant deadline =
        context_->tcp->node.DeadlineIn(context_->options.tcp.handshake_timeout);
    upgraded = context_->Prove(*socket, /*dialer=*/false, std::nullopt, deadline);
  }
  if (!upgraded.ok()) return Refuse(socket->peer(), upgraded.status());
  context_->Adopt(std::move(socket), *std::move(upgraded), /*dialer=*/false, std::move(place),
                  [self = shared_from_this()](std::unique_ptr<MuxedStream> stream) {
                    self->OnStream(std::move(stream));
                  });
}

void StreamAcceptor::Refuse(const SocketAddress& peer, const absl::Status& why) {
  if (arrivals_.closed() || absl::IsCancelled(why)) return;
  const TcpEvent event = absl::IsDeadlineExceeded(why) ? TcpEvent::kRefusedStalled
                         : absl::IsUnavailable(why)    ? TcpEvent::kLostInHandshake
                                                       : TcpEvent::kRefusedPreamble;
  context_->tcp->Report(event, "refuse", TcpAddressText(peer), why.message());
}

void StreamAcceptor::OnStream(std::unique_ptr<MuxedStream> stream) {
  context_->tcp->Start("libp2p select",
                       [self = shared_from_this(), stream = std::move(stream)]() mutable {
                         self->Select(std::move(stream));
                       });
}

void StreamAcceptor::Select(std::unique_ptr<MuxedStream> stream) {
  std::vector<std::string> protocols = context_->services.protocols();
  if (!arrivals_.closed()) protocols.emplace_back(kFramesProtocol);
  const Instant deadline = context_->tcp->node.DeadlineIn(context_->options.tcp.handshake_timeout);
  absl::StatusOr<Agreement> agreed = AwaitProtocol(*stream, std::move(protocols), deadline);
  if (!agreed.ok()) return;
  stream->Unread(std::move(agreed->surplus));
  if (agreed->protocol != kFramesProtocol) {
    return context_->services.Serve(agreed->protocol, *stream);
  }
  arrivals_.Offer(std::move(stream));
}

void StreamAcceptor::Close() {
  if (!arrivals_.Close()) return;
  guests_.CloseAll();
  socket_->Close();
}

}  // namespace rehearse::net
