#include "rehearse/net/libp2p/tcp/stream_acceptor.h"

#include <mutex>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/net/libp2p/tcp/negotiate.h"
#include "rehearse/net/tcp/tcp_address.h"

namespace rehearse::net {

using Lock = std::lock_guard<SpinLock>;

// A connection in its handshake: known to the acceptor, so that Close can end it.
class StreamAcceptor::Guest {
 public:
  Guest(StreamAcceptor& acceptor, StreamSocket& socket) : acceptor_(acceptor) {
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
  StreamAcceptor& acceptor_;
  uint64_t number_;
};

void StreamAcceptor::Start() {
  context_->tcp->Start("libp2p accept", [self = shared_from_this()] {
    const absl::Cleanup close = [&] { self->Close(); };  // whoever waits for a stream is told
    self->AcceptAll();
  });
}

void StreamAcceptor::AcceptAll() {
  while (!closed()) {
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
    const Guest guest(*this, *socket);
    if (closed()) return;
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
  if (closed() || absl::IsCancelled(why)) return;
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
  std::vector<std::string> protocols = context_->Services();
  if (!closed()) protocols.emplace_back(kFramesProtocol);
  const Instant deadline = context_->tcp->node.DeadlineIn(context_->options.tcp.handshake_timeout);
  absl::StatusOr<Agreement> agreed = AwaitProtocol(*stream, std::move(protocols), deadline);
  if (!agreed.ok()) return;
  stream->Unread(std::move(agreed->surplus));
  if (agreed->protocol != kFramesProtocol) return context_->Serve(agreed->protocol, *stream);
  Offer(std::move(stream));
}

void StreamAcceptor::Offer(std::unique_ptr<StreamSocket> stream) {
  std::vector<WaitToken> waiters;
  {
    const Lock lock(lock_);
    const auto ready_max = static_cast<size_t>(context_->options.tcp.incoming_max);
    if (closed_ || ready_.size() >= ready_max) return;
    ready_.push_back(std::move(stream));
    waiters = std::exchange(waiters_, {});
  }
  for (const WaitToken token : waiters) Waitable::Wake(token, WakeReason::kNotified);
}

absl::StatusOr<std::unique_ptr<StreamSocket>> StreamAcceptor::Accept() {
  while (true) {
    Wait wait(context_->tcp->node.scheduler(), "Accept");
    {
      const Lock lock(lock_);
      if (closed_) return absl::UnavailableError("accept: the listener was closed");
      if (!ready_.empty()) {
        std::unique_ptr<StreamSocket> stream = std::move(ready_.front());
        ready_.pop_front();
        return stream;
      }
      waiters_.push_back(wait.token());
    }
    const WakeReason reason = wait.Until(Instant::Infinite());
    if (reason != WakeReason::kNotified) return WaitStatus(reason, "accept a stream");
  }
}

void StreamAcceptor::Close() {
  std::deque<std::unique_ptr<StreamSocket>> dropped;
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

bool StreamAcceptor::closed() const {
  const Lock lock(lock_);
  return closed_;
}

}  // namespace rehearse::net
