// Takes the streams that peers open, and gives out those that carry frames, as if each were a
// connection of its own.

#ifndef REHEARSE_NET_QUIC_QUIC_ACCEPTOR_H_
#define REHEARSE_NET_QUIC_QUIC_ACCEPTOR_H_

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rehearse/net/libp2p/streams/frame_listeners.h"
#include "rehearse/net/quic/quic_context.h"
#include "rehearse/net/quic/quic_endpoint.h"
#include "rehearse/net/socket/sockets.h"
#include "rehearse/net/tcp/arrivals.h"

namespace rehearse::net {

class QuicAcceptor final : public FrameStreams, public std::enable_shared_from_this<QuicAcceptor> {
 public:
  QuicAcceptor(std::shared_ptr<QuicContext> context, std::shared_ptr<QuicEndpoint> endpoint)
      : context_(std::move(context)),
        endpoint_(std::move(endpoint)),
        arrivals_(context_->streams->node.scheduler(),
                  static_cast<size_t>(context_->streams->options.incoming_max), "accept") {}

  // Begins to take streams. Once.
  //   as QuicEndpoint::Listen
  absl::Status Start();

  // As those of ListenSocket.
  absl::StatusOr<std::unique_ptr<StreamSocket>> Accept() { return arrivals_.Accept(); }
  void Close();
  const SocketAddress& address() const { return endpoint_->address(); }

  void Offer(std::unique_ptr<PeerStream> stream) override { arrivals_.Offer(std::move(stream)); }
  bool closed() const override { return arrivals_.closed(); }

 private:
  void OnStream(std::unique_ptr<QuicStream> stream);

  const std::shared_ptr<QuicContext> context_;
  const std::shared_ptr<QuicEndpoint> endpoint_;
  Arrivals<std::unique_ptr<StreamSocket>> arrivals_;  // at most TcpOptions::incoming_max
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
