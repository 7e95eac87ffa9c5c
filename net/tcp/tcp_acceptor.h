// Takes incoming connections, shakes hands with each, and keeps those that are peers until somebody
// asks for them.

#ifndef REHEARSE_NET_TCP_TCP_ACCEPTOR_H_
#define REHEARSE_NET_TCP_TCP_ACCEPTOR_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/actor/runtime/waitable.h"
#include "rehearse/net/network.h"
#include "rehearse/net/socket/sockets.h"
#include "rehearse/net/tcp/tcp_context.h"

namespace rehearse::net {

// One fiber accepts; each handshake has one of its own, so that a silent stranger delays nobody.
class TcpAcceptor : public std::enable_shared_from_this<TcpAcceptor> {
 public:
  TcpAcceptor(std::shared_ptr<TcpContext> context, std::unique_ptr<ListenSocket> socket);

  // Begins to accept. Once.
  void Start();

  // As those of Listener.
  absl::StatusOr<std::unique_ptr<Stream>> Accept();
  void Close();
  const std::string& address() const { return address_; }

 private:
  class Guest;

  void AcceptAll();
  bool Rest();
  void Receive(std::unique_ptr<StreamSocket> socket);
  void ShakeHandsWith(std::unique_ptr<StreamSocket> socket, IncomingPlace place);
  void Refuse(const std::string& peer, const absl::Status& why);
  void Offer(std::unique_ptr<Stream> stream);
  bool closed() const;

  const std::shared_ptr<TcpContext> context_;
  const std::unique_ptr<ListenSocket> socket_;
  const std::string address_;

  mutable SpinLock lock_;
  bool closed_ = false;
  uint64_t next_guest_ = 0;
  absl::btree_map<uint64_t, StreamSocket*> guests_;  // in their handshakes
  std::deque<std::unique_ptr<Stream>> ready_;        // bounded by TcpOptions::incoming_max
  std::vector<WaitToken> waiters_;
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
