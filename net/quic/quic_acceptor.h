// Takes the streams that peers open, and gives out those that carry frames, as if each were a
// connection of its own.

#ifndef REHEARSE_NET_QUIC_QUIC_ACCEPTOR_H_
#define REHEARSE_NET_QUIC_QUIC_ACCEPTOR_H_

#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/actor/runtime/waitable.h"
#include "rehearse/net/quic/quic_context.h"
#include "rehearse/net/quic/quic_endpoint.h"
#include "rehearse/net/quic/quic_services.h"
#include "rehearse/net/socket/sockets.h"

namespace rehearse::net {

class QuicAcceptor : public std::enable_shared_from_this<QuicAcceptor> {
 public:
  QuicAcceptor(std::shared_ptr<QuicContext> context, std::shared_ptr<const QuicServices> services,
               std::shared_ptr<QuicEndpoint> endpoint)
      : context_(std::move(context)),
        services_(std::move(services)),
        endpoint_(std::move(endpoint)) {}

  // Begins to take streams. Once.
  //   as QuicEndpoint::Listen
  absl::Status Start();

  // As those of ListenSocket.
  absl::StatusOr<std::unique_ptr<StreamSocket>> Accept();
  void Close();
  const SocketAddress& address() const { return endpoint_->address(); }

 private:
  void OnStream(std::unique_ptr<QuicStream> stream);
  void Select(std::unique_ptr<QuicStream> stream);
  void Offer(std::unique_ptr<QuicStream> stream);
  bool closed() const;

  const std::shared_ptr<QuicContext> context_;
  const std::shared_ptr<const QuicServices> services_;
  const std::shared_ptr<QuicEndpoint> endpoint_;

  mutable SpinLock lock_;
  bool closed_ = false;
  std::deque<std::unique_ptr<QuicStream>> ready_;  // at most TcpOptions::incoming_max
  std::vector<WaitToken> waiters_;
};

// The owner's end.
class QuicListenSocket final : public ListenSocket {
 public:
  explicit QuicListenSocket(std::shared_ptr<QuicAcceptor> acceptor)
      : acceptor_(std::move(acceptor)) {}
  ~QuicListenSocket() override { acceptor_->Close(); }

  absl::StatusOr<std::unique_ptr<StreamSocket>> Accept() override { return acceptor_->Accept(); }
  void Close() override { acceptor_->Close(); }
  SocketAddress address() const override { return acceptor_->address(); }

 private:
  const std::shared_ptr<QuicAcceptor> acceptor_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_QUIC_QUIC_ACCEPTOR_H_
