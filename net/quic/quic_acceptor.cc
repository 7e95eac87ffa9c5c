#include "rehearse/net/quic/quic_acceptor.h"

#include <utility>

namespace rehearse::net {

absl::Status QuicAcceptor::Start() {
  return endpoint_->Listen([self = shared_from_this()](std::unique_ptr<QuicStream> stream) {
    self->OnStream(std::move(stream));
  });
}

void QuicAcceptor::OnStream(std::unique_ptr<QuicStream> stream) {
  context_->streams->Start("quic select",
                           [self = shared_from_this(), stream = std::move(stream)]() mutable {
                             self->context_->Select(std::move(stream), self);
                           });
}

void QuicAcceptor::Close() {
  if (arrivals_.Close()) endpoint_->StopListening();
}

}  // namespace rehearse::net
