#include "rehearse/net/libp2p/tcp/secure_context.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/libp2p/identify/identify_message.h"
#include "rehearse/net/libp2p/streams/negotiate.h"
#include "rehearse/net/libp2p/streams/stream_clients.h"
#include "rehearse/net/tcp/tcp_address.h"

namespace rehearse::net {
namespace {

std::vector<std::string> Offered(std::vector<std::string> securities, const TlsKeys* tls) {
  if (tls == nullptr) std::erase(securities, "/tls/1.0.0");
  return securities;
}

SecureTcpOptions With(SecureTcpOptions options, const TlsKeys* tls) {
  options.securities = Offered(std::move(options.securities), tls);
  if (options.unread == nullptr) options.unread = std::make_shared<UnreadBudget>();
  options.muxed.yamux.budget = options.unread;
  return options;
}

bool IsForTcp(const Multiaddr& address) { return ParseTcpAddress(address.ToString()).ok(); }

}  // namespace

absl::StatusOr<std::unique_ptr<MuxedStream>> OpenStream(MuxedConnection& connection,
                                                        absl::string_view protocol,
                                                        Instant deadline) {
  REHEARSE_ASSIGN_OR_RETURN(std::unique_ptr<MuxedStream> stream, connection.Open());
  REHEARSE_ASSIGN_OR_RETURN(Agreement agreed,
                            ProposeProtocols(*stream, {std::string(protocol)}, deadline));
  stream->Unread(std::move(agreed.surplus));
  return stream;
}

SecureContext::SecureContext(Sockets& sockets, Node& node, const SecureIdentity& identity,
                             const SecureTcpOptions& options)
    : tcp(std::make_shared<TcpContext>(sockets, node, options.tcp)),
      options(With(options, identity.tls)),
      admission(std::make_shared<Admission>(options.admission)),
      identity(identity.identity),
      entropy(identity.entropy),
      services(node, identity.identity,
               {.protocols = options.protocols,
                .protocol_version = options.protocol_version,
                .agent_version = options.agent_version,
                .patience = options.tcp.handshake_timeout}),
      peers({.scheduler = node.scheduler(),
             .own = identity.identity.peer_id(),
             .admission = *admission,
             .known = services.known(),
             .is_ours = &IsForTcp}),
      tls_(identity.tls),
      noise_(identity.identity, identity.entropy) {}

absl::StatusOr<Upgraded> SecureContext::Prove(StreamSocket& socket, bool dialer,
                                              std::optional<PeerId> expected, Instant deadline) {
  UpgradeOptions upgrade{.dialer = dialer, .expected = std::move(expected)};
  upgrade.securities = options.securities;
  REHEARSE_ASSIGN_OR_RETURN(upgrade.now, tcp->node.clock().WallTime());
  return Upgrade(socket, {entropy, noise_, tls_}, upgrade, deadline);
}

std::shared_ptr<MuxedConnection> SecureContext::Adopt(std::unique_ptr<StreamSocket> socket,
                                                      Upgraded upgraded, bool dialer,
                                                      std::shared_ptr<void> place,
                                                      MuxedConnection::OnStream on_stream) {
  MuxedOptions muxed = options.muxed;
  muxed.yamux.dialer = dialer;
  auto connection =
      std::make_shared<MuxedConnection>(tcp, std::move(socket), std::move(upgraded.channel), muxed,
                                        std::move(place), std::move(on_stream));
  connection->Start(std::move(upgraded.text));
  return peers.Add(connection);
}

absl::StatusOr<std::shared_ptr<MuxedConnection>> SecureContext::DialAt(const Multiaddr& address,
                                                                       Instant deadline) {
  REHEARSE_ASSIGN_OR_RETURN(const SocketAddress to,
                            ParseTcpAddress(address.WithoutPeer().ToString()));
  REHEARSE_ASSIGN_OR_RETURN(std::unique_ptr<StreamSocket> socket,
                            tcp->sockets.Connect(to, deadline));
  absl::StatusOr<Upgraded> upgraded = Prove(*socket, /*dialer=*/true, address.peer(), deadline);
  // Whoever has nothing in common with us is as good as nobody.
  if (absl::IsUnimplemented(upgraded.status())) {
    return absl::UnavailableError(upgraded.status().message());
  }
  if (!upgraded.ok()) return upgraded.status();
  REHEARSE_RETURN_IF_ERROR(admission->CheckPeer(upgraded->channel->peer()->id));
  // The peer may open streams as well.
  return Adopt(std::move(socket), *std::move(upgraded), /*dialer=*/true, nullptr,
               [self = shared_from_this()](std::unique_ptr<MuxedStream> stream) {
                 self->OnStreamOfDialed(std::move(stream));
               });
}

// Streams.

void SecureContext::OnStreamOfDialed(std::unique_ptr<MuxedStream> stream) {
  tcp->Start("libp2p select", [self = shared_from_this(), stream = std::move(stream)]() mutable {
    self->Select(std::move(stream), nullptr);
  });
}

void SecureContext::Select(std::unique_ptr<MuxedStream> stream,
                           std::shared_ptr<FrameStreams> frames) {
  const std::string peer = stream->peer_address();
  if (frames == nullptr || frames->closed()) frames = listeners.Any();
  const absl::Status status = services.Select(std::move(stream), frames.get());
  if (status.ok()) return;
  tcp->Report(TcpEvent::kRefusedStream, "refuse a stream of", peer, status.message());
}

// Who we are.

void SecureContext::PushIdentify() {
  for (const std::shared_ptr<MuxedConnection>& connection : peers.All()) {
    tcp->Start("libp2p push", [self = shared_from_this(), connection] {
      const Instant deadline = self->tcp->node.DeadlineIn(self->options.tcp.handshake_timeout);
      const auto stream = OpenStream(*connection, kIdentifyPushProtocol, deadline);
      // Not every peer wants to be told.
      if (!stream.ok()) return;
      net::PushIdentify(**stream, self->services.Describe(**stream), deadline).IgnoreError();
    });
  }
}

}  // namespace rehearse::net
