#include "rehearse/net/tcp/tcp_acceptor.h"

#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/net/tcp/handshake.h"
#include "rehearse/net/tcp/tcp_address.h"
#include "rehearse/net/tcp/tcp_connection.h"

namespace rehearse::net {

TcpAcceptor::TcpAcceptor(std::shared_ptr<TcpContext> context, std::unique_ptr<ListenSocket> socket)
    : context_(std::move(context)),
      socket_(std::move(socket)),
      address_(TcpAddressText(socket_->address())),
      arrivals_(context_->node.scheduler(), static_cast<size_t>(context_->options.incoming_max),
                absl::StrCat("accept at ", address_)) {}

void TcpAcceptor::Start() {
  context_->Start("tcp accept", [self = shared_from_this()] {
    const absl::Cleanup close = [&] { self->Close(); };  // whoever waits for a stream is told
    self->AcceptAll();
  });
}

void TcpAcceptor::AcceptAll() {
  while (!arrivals_.closed()) {
    absl::StatusOr<std::unique_ptr<StreamSocket>> socket = socket_->Accept();
    if (socket.ok()) {
      Receive(*std::move(socket));
    } else if (absl::IsResourceExhausted(socket.status())) {
      context_->Report(TcpEvent::kExhausted, "rest at", address_, socket.status().message());
      if (!Rest()) return;
    } else {
      if (!arrivals_.closed()) {
        context_->node.log().Write(
            Severity::kError, absl::StrCat("tcp: stop listening: ", socket.status().message()));
      }
      return;
    }
  }
}

// False: the fiber is to end.
bool TcpAcceptor::Rest() {
  Wait wait(context_->node.scheduler(), "Rest");
  return wait.Until(context_->node.DeadlineIn(context_->options.exhausted_pause)) ==
         WakeReason::kDeadline;
}

void TcpAcceptor::Receive(std::unique_ptr<StreamSocket> socket) {
  if (!context_->TryEnter()) {
    return context_->Report(TcpEvent::kRefusedLimit, "refuse", TcpAddressText(socket->peer()),
                            absl::StrCat(context_->options.incoming_max,
                                         " incoming connections are open, as many as may be"));
  }
  context_->Start("tcp handshake", [self = shared_from_this(), socket = std::move(socket),
                                    place = IncomingPlace(context_)]() mutable {
    self->ShakeHandsWith(std::move(socket), std::move(place));
  });
}

void TcpAcceptor::ShakeHandsWith(std::unique_ptr<StreamSocket> socket, IncomingPlace place) {
  absl::StatusOr<std::string> rest = absl::UnavailableError("");
  {
    const Guests::Guest guest(guests_, *socket);
    if (arrivals_.closed()) return;
    rest = ShakeHands(*socket, context_->node.DeadlineIn(context_->options.handshake_timeout));
  }
  if (!rest.ok()) return Refuse(TcpAddressText(socket->peer()), rest.status());
  context_->Count(TcpEvent::kAccepted);
  arrivals_.Offer(std::make_unique<TcpStream>(
      std::make_shared<TcpConnection>(context_, std::move(socket), std::move(place), *rest)));
}

void TcpAcceptor::Refuse(const std::string& peer, const absl::Status& why) {
  if (arrivals_.closed()) return;
  switch (why.code()) {
    case absl::StatusCode::kDataLoss:
      return context_->Report(TcpEvent::kRefusedPreamble, "refuse", peer, why.message());
    case absl::StatusCode::kDeadlineExceeded:
      return context_->Report(
          TcpEvent::kRefusedStalled, "refuse", peer,
          absl::StrCat("no handshake within ",
                       absl::FormatDuration(context_->options.handshake_timeout)));
    case absl::StatusCode::kUnavailable:
      return context_->Report(TcpEvent::kLostInHandshake, "lose", peer, why.message());
    default: return;  // this fiber is being stopped
  }
}

void TcpAcceptor::Close() {
  if (!arrivals_.Close()) return;
  guests_.CloseAll();
  socket_->Close();
}

}  // namespace rehearse::net
