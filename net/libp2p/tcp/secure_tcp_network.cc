#include "rehearse/net/libp2p/tcp/secure_tcp_network.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/libp2p/dialing.h"
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

// What `open` makes of the connection to `address`.
template <typename Opened, typename Open>
absl::StatusOr<std::unique_ptr<Opened>> OnConnection(SecureContext& context,
                                                     absl::string_view address, Instant deadline,
                                                     const Open& open) {
  REHEARSE_ASSIGN_OR_RETURN(const Multiaddr parsed, Multiaddr::Parse(address));
  const Multiaddr place = parsed.WithoutPeer();
  if (!place.parts.empty() || !parsed.peer().has_value()) {
    REHEARSE_RETURN_IF_ERROR(ParseTcpAddress(place.ToString()).status());
  }
  const absl::Duration longest = context.options.tcp.handshake_timeout;
  const Patience patience(longest, context.tcp->node.DeadlineIn(longest), deadline);
  absl::StatusOr<std::unique_ptr<Opened>> opened = context.peers.OnConnection<Opened>(
      parsed, patience.ends(),
      [&](const Multiaddr& at) { return context.DialAt(at, patience.ends()); },
      [&](MuxedConnection& connection) { return open(connection, patience.ends()); });
  if (!opened.ok()) return patience.Judge(opened.status());
  return opened;
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
  context_->listeners.Add(streams);
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

void SecureTcpNetwork::PushIdentify() { context_->PushIdentify(); }
KnownPeers& SecureTcpNetwork::known() { return context_->services.known(); }

absl::Status SecureTcpNetwork::AwaitFibers(Instant deadline) {
  context_->peers.CloseIdle();
  return context_->tcp->AwaitFibers(deadline);
}

TcpCounters SecureTcpNetwork::counters() const { return context_->tcp->counters(); }
size_t SecureTcpNetwork::connections() const { return context_->peers.connections(); }

}  // namespace rehearse::net
