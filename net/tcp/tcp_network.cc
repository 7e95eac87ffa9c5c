#include "rehearse/net/tcp/tcp_network.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/tcp/handshake.h"
#include "rehearse/net/tcp/tcp_acceptor.h"
#include "rehearse/net/tcp/tcp_address.h"
#include "rehearse/net/tcp/tcp_connection.h"
#include "rehearse/net/tcp/tcp_context.h"

namespace rehearse::net {
namespace {

// A handshake's failure, as a dialer sees it: a stranger at this address may give way to a peer.
absl::Status DialStatus(const absl::Status& status, absl::string_view address) {
  const absl::StatusCode code =
      absl::IsDataLoss(status) ? absl::StatusCode::kUnavailable : status.code();
  return absl::Status(code, absl::StrCat("dial ", address, ": ", status.message()));
}

}  // namespace

TcpNetwork::TcpNetwork(Sockets& sockets, Node& node, const TcpOptions& options)
    : context_(std::make_shared<TcpContext>(sockets, node, options)) {}

TcpNetwork::~TcpNetwork() = default;

absl::StatusOr<std::unique_ptr<Listener>> TcpNetwork::Listen(absl::string_view address) {
  REHEARSE_ASSIGN_OR_RETURN(const SocketAddress parsed, ParseTcpAddress(address));
  REHEARSE_ASSIGN_OR_RETURN(std::unique_ptr<ListenSocket> socket, context_->sockets.Listen(parsed));
  auto acceptor = std::make_shared<TcpAcceptor>(context_, std::move(socket));
  acceptor->Start();
  return std::make_unique<TcpListener>(std::move(acceptor));
}

absl::StatusOr<std::unique_ptr<Stream>> TcpNetwork::Dial(absl::string_view address,
                                                         Instant deadline) {
  REHEARSE_ASSIGN_OR_RETURN(const SocketAddress parsed, ParseTcpAddress(address));
  absl::StatusOr<std::unique_ptr<StreamSocket>> socket =
      context_->sockets.Connect(parsed, deadline);
  if (!socket.ok()) return DialStatus(socket.status(), address);
  const Instant patience = context_->node.DeadlineIn(context_->options.handshake_timeout);
  const absl::StatusOr<std::string> rest = ShakeHands(**socket, std::min(deadline, patience));
  if (!rest.ok()) {
    if (absl::IsDeadlineExceeded(rest.status())) context_->Count(TcpEvent::kRefusedStalled);
    return DialStatus(rest.status(), address);
  }
  context_->Count(TcpEvent::kDialed);
  return std::make_unique<TcpStream>(
      std::make_shared<TcpConnection>(context_, *std::move(socket), IncomingPlace(), *rest));
}

absl::Status TcpNetwork::AwaitFibers(Instant deadline) { return context_->AwaitFibers(deadline); }

TcpCounters TcpNetwork::counters() const { return context_->counters(); }

}  // namespace rehearse::net
