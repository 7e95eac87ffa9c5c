#include "rehearse/net/tcp/tcp_acceptor.h"

#include <mutex>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/net/tcp/handshake.h"
#include "rehearse/net/tcp/tcp_address.h"
#include "rehearse/net/tcp/tcp_connection.h"

namespace rehearse::net {

using Lock = std::lock_guard<SpinLock>;

// A connection in its handshake: known to the acceptor, so that Close can end it.
class TcpAcceptor::Guest {
 public:
  Guest(TcpAcceptor& acceptor, StreamSocket& socket) : acceptor_(acceptor) {
    const Lock lock(acceptor_.lock_);
    number_ = acceptor_.next_guest_++;
    acceptor_.guests_.emplace(number_, &socket);
  }
  ~Guest() {
    const Lock lock(acceptor_.lock_);
    acceptor_.guests_.erase(number_);
  }
  Guest(const Guest&) = delete;
  Guest& operator=(const Guest&) = delete;

 private:
  TcpAcceptor& acceptor_;
  uint64_t number_;
};

TcpAcceptor::TcpAcceptor(std::shared_ptr<TcpContext> context, std::unique_ptr<ListenSocket> socket)
    : context_(std::move(context)),
      socket_(std::move(socket)),
      address_(TcpAddressText(socket_->address())) {}

void TcpAcceptor::Start() {
  context_->Start("tcp accept", [self = shared_from_this()] {
    const absl::Cleanup close = [&] { self->Close(); };  // whoever waits for a stream is told
    self->AcceptAll();
  });
}

void TcpAcceptor::AcceptAll() {
  while (!closed()) {
    absl::StatusOr<std::unique_ptr<StreamSocket>> socket = socket_->Accept();
    if (socket.ok()) {
      Receive(*std::move(socket));
    } else if (absl::IsResourceExhausted(socket.status())) {
      context_->Report(TcpEvent::kExhausted, "rest at", address_, socket.status().message());
      if (!Rest()) return;
    } else {
      if (!closed()) {
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
    const Guest guest(*this, *socket);
    if (closed()) return;
    rest = ShakeHands(*socket, context_->node.DeadlineIn(context_->options.handshake_timeout));
  }
  if (!rest.ok()) return Refuse(TcpAddressText(socket->peer()), rest.status());
  context_->Count(TcpEvent::kAccepted);
  Offer(std::make_unique<TcpStream>(
      std::make_shared<TcpConnection>(context_, std::move(socket), std::move(place), *rest)));
}

void TcpAcceptor::Refuse(const std::string& peer, const absl::Status& why) {
  if (closed()) return;
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

void TcpAcceptor::Offer(std::unique_ptr<Stream> stream) {
  std::vector<WaitToken> waiters;
  {
    const Lock lock(lock_);
    if (closed_) return;
    ready_.push_back(std::move(stream));
    waiters = std::exchange(waiters_, {});
  }
  for (const WaitToken token : waiters) Waitable::Wake(token, WakeReason::kNotified);
}

absl::StatusOr<std::unique_ptr<Stream>> TcpAcceptor::Accept() {
  while (true) {
    Wait wait(context_->node.scheduler(), "Accept");
    {
      const Lock lock(lock_);
      if (closed_) {
        return absl::UnavailableError(
            absl::StrCat("accept at ", address_, ": the listener was closed"));
      }
      if (!ready_.empty()) {
        std::unique_ptr<Stream> stream = std::move(ready_.front());
        ready_.pop_front();
        return stream;
      }
      waiters_.push_back(wait.token());
    }
    const WakeReason reason = wait.Until(Instant::Infinite());
    if (reason != WakeReason::kNotified) {
      return WaitStatus(reason, absl::StrCat("accept at ", address_));
    }
  }
}

void TcpAcceptor::Close() {
  std::deque<std::unique_ptr<Stream>> dropped;
  std::vector<WaitToken> waiters;
  {
    const Lock lock(lock_);
    if (std::exchange(closed_, true)) return;
    dropped = std::exchange(ready_, {});
    waiters = std::exchange(waiters_, {});
    for (const auto& [number, socket] : guests_) socket->Close();
  }
  socket_->Close();
  for (const WaitToken token : waiters) Waitable::Wake(token, WakeReason::kNotified);
}

bool TcpAcceptor::closed() const {
  const Lock lock(lock_);
  return closed_;
}

}  // namespace rehearse::net
