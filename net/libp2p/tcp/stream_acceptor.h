// Takes incoming connections, makes them secure, and gives out the streams on them that carry
// frames, as if each were a connection of its own.

#ifndef REHEARSE_NET_LIBP2P_TCP_STREAM_ACCEPTOR_H_
#define REHEARSE_NET_LIBP2P_TCP_STREAM_ACCEPTOR_H_

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rehearse/net/libp2p/admission.h"
#include "rehearse/net/libp2p/streams/frame_listeners.h"
#include "rehearse/net/libp2p/tcp/muxed_connection.h"
#include "rehearse/net/libp2p/tcp/secure_context.h"
#include "rehearse/net/socket/sockets.h"
#include "rehearse/net/tcp/arrivals.h"
#include "rehearse/net/tcp/guests.h"
#include "rehearse/net/tcp/tcp_context.h"

namespace rehearse::net {

class StreamAcceptor final : public FrameStreams,
                             public std::enable_shared_from_this<StreamAcceptor> {
 public:
  StreamAcceptor(std::shared_ptr<SecureContext> context, std::unique_ptr<ListenSocket> socket);

  // Begins to accept. Once.
  void Start();

  // As those of ListenSocket.
  absl::StatusOr<std::unique_ptr<StreamSocket>> Accept() { return arrivals_.Accept(); }
  void Close();

  void Offer(std::unique_ptr<PeerStream> stream) override { arrivals_.Offer(std::move(stream)); }
  bool closed() const override { return arrivals_.closed(); }
  const SocketAddress& address() const { return address_; }

 private:
  void AcceptAll();
  bool Rest();
  void Receive(std::unique_ptr<StreamSocket> socket);
  void Secure(std::unique_ptr<StreamSocket> socket, Admission::Place place);
  void OnStream(std::unique_ptr<MuxedStream> stream);
  void Refuse(const SocketAddress& peer, const absl::Status& why);
  void Report(TcpEvent event, const SocketAddress& peer, const absl::Status& why);

  const std::shared_ptr<SecureContext> context_;
  const std::unique_ptr<ListenSocket> socket_;
  const SocketAddress address_;
  Guests guests_;
  Arrivals<std::unique_ptr<StreamSocket>> arrivals_;  // at most TcpOptions::incoming_max
};

// The owner's end.
class StreamListenSocket final : public ListenSocket {
 public:
  explicit StreamListenSocket(std::shared_ptr<StreamAcceptor> acceptor)
      : acceptor_(std::move(acceptor)) {}
  ~StreamListenSocket() override { acceptor_->Close(); }

  absl::StatusOr<std::unique_ptr<StreamSocket>> Accept() override { return acceptor_->Accept(); }
  void Close() override { acceptor_->Close(); }
  SocketAddress address() const override { return acceptor_->address(); }

 private:
  const std::shared_ptr<StreamAcceptor> acceptor_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_TCP_STREAM_ACCEPTOR_H_
