// Takes incoming connections, shakes hands with each, and keeps those that are peers until somebody
// asks for them.

#ifndef REHEARSE_NET_TCP_TCP_ACCEPTOR_H_
#define REHEARSE_NET_TCP_TCP_ACCEPTOR_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "rehearse/net/network.h"
#include "rehearse/net/socket/sockets.h"
#include "rehearse/net/tcp/arrivals.h"
#include "rehearse/net/tcp/guests.h"
#include "rehearse/net/tcp/tcp_context.h"

namespace rehearse::net {

// One fiber accepts; each handshake has one of its own, so that a silent stranger delays nobody.
class TcpAcceptor : public std::enable_shared_from_this<TcpAcceptor> {
 public:
  TcpAcceptor(std::shared_ptr<TcpContext> context, std::unique_ptr<ListenSocket> socket);

  // Begins to accept. Once.
  void Start();

  // As those of Listener.
  absl::StatusOr<std::unique_ptr<Stream>> Accept() { return arrivals_.Accept(); }
  void Close();
  const std::string& address() const { return address_; }

 private:
  void AcceptAll();
  bool Rest();
  void Receive(std::unique_ptr<StreamSocket> socket);
  void ShakeHandsWith(std::unique_ptr<StreamSocket> socket, IncomingPlace place);
  void Refuse(const std::string& peer, const absl::Status& why);

  const std::shared_ptr<TcpContext> context_;
  const std::unique_ptr<ListenSocket> socket_;
  const std::string address_;
  Guests guests_;
  Arrivals<std::unique_ptr<Stream>> arrivals_;  // bounded by TcpOptions::incoming_max
};

// The owner's end.
class TcpListener final : public Listener {
 public:
  explicit TcpListener(std::shared_ptr<TcpAcceptor> acceptor) : acceptor_(std::move(acceptor)) {}
  ~TcpListener() override { acceptor_->Close(); }

  absl::StatusOr<std::unique_ptr<Stream>> Accept() override { return acceptor_->Accept(); }
  void Close() override { acceptor_->Close(); }
  std::string address() const override { return acceptor_->address(); }

 private:
  const std::shared_ptr<TcpAcceptor> acceptor_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_TCP_TCP_ACCEPTOR_H_
