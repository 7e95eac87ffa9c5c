#include "rehearse/net/quic/quic_acceptor.h"

#include <mutex>
#include <string>

#include "rehearse/actor/runtime/wait.h"
#include "rehearse/net/libp2p/frames_protocol.h"
#include "rehearse/net/libp2p/tcp/negotiate.h"

namespace rehearse::net {

using Lock = std::lock_guard<SpinLock>;

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
  std::vector<std::string> protocols = QuicServices::Protocols();
  if (!closed()) protocols.emplace_back(kFramesProtocol);
  const Instant deadline = context_->streams->node.DeadlineIn(context_->options.handshake_timeout);
  absl::StatusOr<Agreement> agreed = AwaitProtocol(*stream, std::move(protocols), deadline);
  if (!agreed.ok()) return;
  stream->Unread(std::move(agreed->surplus));
  if (agreed->protocol != kFramesProtocol) return services_->Serve(agreed->protocol, *stream);
  Offer(std::move(stream));
}

void QuicAcceptor::Offer(std::unique_ptr<QuicStream> stream) {
  std::vector<WaitToken> waiters;
  {
    const Lock lock(lock_);
    const auto ready_max = static_cast<size_t>(context_->streams->options.incoming_max);
    if (closed_ || ready_.size() >= ready_max) return;
    ready_.push_back(std::move(stream));
    waiters = std::exchange(waiters_, {});
  }
  for (const WaitToken token : waiters) Waitable::Wake(token, WakeReason::kNotified);
}

absl::StatusOr<std::unique_ptr<StreamSocket>> QuicAcceptor::Accept() {
  while (true) {
    Wait wait(context_->streams->node.scheduler(), "Accept");
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

void QuicAcceptor::Close() {
  std::deque<std::unique_ptr<QuicStream>> dropped;
  std::vector<WaitToken> waiters;
  {
    const Lock lock(lock_);
    if (std::exchange(closed_, true)) return;
    dropped = std::exchange(ready_, {});
    waiters = std::exchange(waiters_, {});
  }
  endpoint_->StopListening();
  for (const WaitToken token : waiters) Waitable::Wake(token, WakeReason::kNotified);
}

bool QuicAcceptor::closed() const {
  const Lock lock(lock_);
  return closed_;
}

}  // namespace rehearse::net
