#include "rehearse/net/libp2p/tcp/secure_tcp_network.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/libp2p/frames_protocol.h"
#include "rehearse/net/libp2p/ping/ping.h"
#include "rehearse/net/libp2p/streams/stream_clients.h"
#include "rehearse/net/libp2p/tcp/muxed_connection.h"
#include "rehearse/net/libp2p/tcp/secure_context.h"
#include "rehearse/net/libp2p/tcp/stream_acceptor.h"
#include "rehearse/net/multiaddr.h"
#include "rehearse/net/tcp/handshake.h"
#include "rehearse/net/tcp/tcp_acceptor.h"
#include "rehearse/net/tcp/tcp_address.h"
#include "rehearse/net/tcp/tcp_connection.h"

namespace rehearse::net {
namespace {

// A failure as a dialer sees it: whoever is there may give way to the right peer.
absl::Status DialStatus(const absl::Status& status, absl::string_view address) {
  const bool expected = absl::IsDeadlineExceeded(status) || absl::IsCancelled(status) ||
                        absl::IsInvalidArgument(status) || absl::IsFailedPrecondition(status);
  return absl::Status(expected ? status.code() : absl::StatusCode::kUnavailable,
                      absl::StrCat("dial ", address, ": ", status.message()));
}

// Tells the peer's id with the address, and peers the address.
class SecureListener final : public Listener {
 public:
  SecureListener(std::shared_ptr<SecureContext> context, std::shared_ptr<TcpAcceptor> acceptor)
      : context_(std::move(context)),
        listener_(std::move(acceptor)),
        at_(*Multiaddr::Parse(listener_.address())) {
    context_->services.AddAddress(at_);
    context_->PushIdentify();
  }
  ~SecureListener() override { Close(); }

  absl::StatusOr<std::unique_ptr<Stream>> Accept() override { return listener_.Accept(); }
  void Close() override {
    context_->services.RemoveAddress(at_);
    listener_.Close();
  }
  std::string address() const override {
    return absl::StrCat(at_.ToString(), "/p2p/", context_->identity.peer_id().ToString());
  }

 private:
  const std::shared_ptr<SecureContext> context_;
  TcpListener listener_;
  const Multiaddr at_;
};

// An address of ours may say who we are.
absl::Status CheckOwn(const Multiaddr& address, const PeerId& own) {
  const std::optional<PeerId> peer = address.peer();
  if (!peer.has_value() || *peer == own) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("listen at ", address.ToString(), ": this node is ", own.ToString()));
}

// The connection to `address`; a peer that has nothing in common with us is as good as none.
absl::StatusOr<std::shared_ptr<MuxedConnection>> ConnectTo(SecureContext& context,
                                                           const Multiaddr& address,
                                                           Instant deadline, bool& is_new) {
  auto connection = context.Connect(address, deadline, is_new);
  if (!absl::IsUnimplemented(connection.status())) return connection;
  return absl::UnavailableError(connection.status().message());
}

// What `open` makes of the connection to `address`. One that stood already may turn out to be over;
// then a new one is tried.
template <typename Opened, typename Open>
absl::StatusOr<std::unique_ptr<Opened>> OnConnection(SecureContext& context,
                                                     absl::string_view address, Instant deadline,
                                                     const Open& open) {
  REHEARSE_ASSIGN_OR_RETURN(const Multiaddr parsed, Multiaddr::Parse(address));
  const Multiaddr place = parsed.WithoutPeer();
  if (!place.parts.empty() || !parsed.peer().has_value()) {
    REHEARSE_RETURN_IF_ERROR(ParseTcpAddress(place.ToString()).status());
  }
  deadline =
      std::min(deadline, context.tcp->node.DeadlineIn(context.options.tcp.handshake_timeout));
  for (bool is_new = false;;) {
    REHEARSE_ASSIGN_OR_RETURN(const auto connection, ConnectTo(context, parsed, deadline, is_new));
    absl::StatusOr<std::unique_ptr<Opened>> opened = open(*connection, deadline);
    if (is_new || !absl::IsUnavailable(opened.status())) return opened;
    context.Forget(parsed, *connection);
  }
}

}  // namespace

SecureTcpNetwork::SecureTcpNetwork(Sockets& sockets, Node& node, const SecureIdentity& identity,
                                   const SecureTcpOptions& options)
    : context_(std::make_shared<SecureContext>(sockets, node, identity, options)) {}

SecureTcpNetwork::~SecureTcpNetwork() = default;

absl::StatusOr<std::unique_ptr<Listener>> SecureTcpNetwork::Listen(absl::string_view address) {
  REHEARSE_ASSIGN_OR_RETURN(const Multiaddr parsed, Multiaddr::Parse(address));
  REHEARSE_RETURN_IF_ERROR(CheckOwn(parsed, context_->identity.peer_id()));
  REHEARSE_ASSIGN_OR_RETURN(const SocketAddress at,
                            ParseTcpAddress(parsed.WithoutPeer().ToString()));
  REHEARSE_ASSIGN_OR_RETURN(std::unique_ptr<ListenSocket> socket,
                            context_->tcp->sockets.Listen(at));
  auto streams = std::make_shared<StreamAcceptor>(context_, std::move(socket));
  streams->Start();
  context_->AddListener(streams);
  auto acceptor = std::make_shared<TcpAcceptor>(
      context_->tcp, std::make_unique<StreamListenSocket>(std::move(streams)));
  acceptor->Start();
  return std::make_unique<SecureListener>(context_, std::move(acceptor));
}

absl::StatusOr<std::unique_ptr<Stream>> SecureTcpNetwork::Dial(absl::string_view address,
                                                               Instant deadline) {
  const auto open = [this](MuxedConnection& connection,
                           Instant until) -> absl::StatusOr<std::unique_ptr<Stream>> {
    auto stream = net::OpenStream(connection, kFramesProtocol, until);
    // Whoever has dialled us need not listen on that connection; at its address somebody does.
    if (absl::IsUnimplemented(stream.status()) && !connection.dialed_here()) {
      return absl::UnavailableError(stream.status().message());
    }
    if (!stream.ok()) return stream.status();
    REHEARSE_ASSIGN_OR_RETURN(const std::string rest, ShakeHands(**stream, until));
    return std::make_unique<TcpStream>(
        std::make_shared<TcpConnection>(context_->tcp, *std::move(stream), IncomingPlace(), rest));
  };
  absl::StatusOr<std::unique_ptr<Stream>> stream =
      OnConnection<Stream>(*context_, address, deadline, open);
  if (!stream.ok()) return DialStatus(stream.status(), address);
  context_->tcp->Count(TcpEvent::kDialed);
  return stream;
}

absl::StatusOr<std::unique_ptr<PeerStream>> SecureTcpNetwork::OpenStream(absl::string_view address,
                                                                         absl::string_view protocol,
                                                                         Instant deadline) {
  const auto open = [protocol](MuxedConnection& connection,
                               Instant until) -> absl::StatusOr<std::unique_ptr<PeerStream>> {
    return net::OpenStream(connection, protocol, until);
  };
  absl::StatusOr<std::unique_ptr<PeerStream>> stream =
      OnConnection<PeerStream>(*context_, address, deadline, open);
  if (stream.ok() || absl::IsUnimplemented(stream.status())) return stream;
  return DialStatus(stream.status(), address);
}

absl::StatusOr<absl::Duration> SecureTcpNetwork::Ping(absl::string_view address, Instant deadline) {
  REHEARSE_ASSIGN_OR_RETURN(const auto stream, OpenStream(address, kPingProtocol, deadline));
  return AskPing(*stream, context_->entropy, deadline);
}

absl::StatusOr<IdentifyMessage> SecureTcpNetwork::Identify(absl::string_view address,
                                                           Instant deadline) {
  REHEARSE_ASSIGN_OR_RETURN(const auto stream, OpenStream(address, kIdentifyProtocol, deadline));
  const PeerId peer = stream->peer_key().peer_id();
  REHEARSE_ASSIGN_OR_RETURN(const IdentifyMessage said, ReadIdentify(*stream, peer, deadline));
  context_->services.known().Learn(peer, said);
  return said;
}

void SecureTcpNetwork::PushIdentify() { context_->PushIdentify(); }

std::optional<IdentifyMessage> SecureTcpNetwork::Known(const PeerId& peer) const {
  return context_->services.known().Find(peer);
}

absl::Status SecureTcpNetwork::AwaitFibers(Instant deadline) {
  context_->CloseIdle();
  return context_->tcp->AwaitFibers(deadline);
}

TcpCounters SecureTcpNetwork::counters() const { return context_->tcp->counters(); }
size_t SecureTcpNetwork::connections() const { return context_->connections(); }

}  // namespace rehearse::net
