#include "rehearse/net/libp2p/tcp/secure_context.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/libp2p/frames_protocol.h"
#include "rehearse/net/libp2p/identify/identify_message.h"
#include "rehearse/net/libp2p/streams/negotiate.h"
#include "rehearse/net/libp2p/streams/stream_clients.h"
#include "rehearse/net/tcp/tcp_address.h"

namespace rehearse::net {
namespace {

using Lock = std::lock_guard<SpinLock>;

std::vector<std::string> Offered(std::vector<std::string> securities, const TlsKeys* tls) {
  if (tls == nullptr) std::erase(securities, "/tls/1.0.0");
  return securities;
}

SecureTcpOptions With(SecureTcpOptions options, const TlsKeys* tls) {
  options.securities = Offered(std::move(options.securities), tls);
  return options;
}

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
      tls_(identity.tls),
      noise_(identity.identity, identity.entropy),
      by_peer_(identity.identity.peer_id()),
      dials_(node.scheduler()) {}

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
  Keep(connection);
  return by_peer_.Add(connection->peer().id, connection, dialer);
}

// Connections.

absl::StatusOr<std::shared_ptr<MuxedConnection>> SecureContext::Connect(const Multiaddr& address,
                                                                        Instant deadline,
                                                                        bool& is_new) {
  REHEARSE_RETURN_IF_ERROR(CheckAllowed(address.peer()));
  std::shared_ptr<MuxedConnection> connection = Standing(address);
  is_new = connection == nullptr;
  if (!is_new) return connection;
  REHEARSE_RETURN_IF_ERROR(dials_.Run(address.ToString(), deadline, [&]() -> absl::Status {
    REHEARSE_ASSIGN_OR_RETURN(connection, DialAnew(address, deadline));
    return absl::OkStatus();
  }));
  if (connection == nullptr) connection = Standing(address);  // another fiber has dialled it
  if (connection == nullptr) return absl::UnavailableError("the connection is over already");
  return connection;
}

absl::Status SecureContext::CheckAllowed(const std::optional<PeerId>& peer) const {
  return peer.has_value() ? admission->CheckPeer(*peer) : absl::OkStatus();
}

std::shared_ptr<MuxedConnection> SecureContext::Standing(const Multiaddr& address) {
  if (const std::optional<PeerId> peer = address.peer()) {
    if (auto connection = by_peer_.Find(*peer)) return connection;
  }
  const Lock lock(lock_);
  const auto found = dialed_.find(address.ToString());
  const auto standing = found == dialed_.end() ? nullptr : found->second.lock();
  return standing == nullptr || standing->over() ? nullptr : standing;
}

absl::StatusOr<std::shared_ptr<MuxedConnection>> SecureContext::DialAnew(const Multiaddr& address,
                                                                         Instant deadline) {
  return address.WithoutPeer().parts.empty() ? DialKnown(*address.peer(), deadline)
                                             : DialAt(address, deadline);
}

// One address after the other.
absl::StatusOr<std::shared_ptr<MuxedConnection>> SecureContext::DialKnown(const PeerId& peer,
                                                                          Instant deadline) {
  absl::Status failure = absl::UnavailableError(
      absl::StrCat("no address of ", peer.ToString(), " is known: dial it at one, once"));
  for (Multiaddr& address : services.known().AddressesOf(peer)) {
    if (!ParseTcpAddress(address.ToString()).ok()) continue;
    address.parts.push_back({"p2p", peer.ToString()});
    absl::StatusOr<std::shared_ptr<MuxedConnection>> connection = DialAt(address, deadline);
    if (connection.ok()) return connection;
    failure = connection.status();
  }
  return failure;
}

absl::StatusOr<std::shared_ptr<MuxedConnection>> SecureContext::DialAt(const Multiaddr& address,
                                                                       Instant deadline) {
  REHEARSE_ASSIGN_OR_RETURN(const SocketAddress to,
                            ParseTcpAddress(address.WithoutPeer().ToString()));
  REHEARSE_ASSIGN_OR_RETURN(std::unique_ptr<StreamSocket> socket,
                            tcp->sockets.Connect(to, deadline));
  REHEARSE_ASSIGN_OR_RETURN(Upgraded upgraded,
                            Prove(*socket, /*dialer=*/true, address.peer(), deadline));
  const PeerId peer = upgraded.channel->peer()->id;
  REHEARSE_RETURN_IF_ERROR(CheckAllowed(peer));
  services.known().LearnAddress(peer, address.WithoutPeer());
  // The peer may open streams as well.
  auto connection = Adopt(std::move(socket), std::move(upgraded), /*dialer=*/true, nullptr,
                          [self = shared_from_this()](std::unique_ptr<MuxedStream> stream) {
                            self->OnStreamOfDialed(std::move(stream));
                          });
  const Lock lock(lock_);
  dialed_[address.ToString()] = connection;
  return connection;
}

void SecureContext::Forget(const Multiaddr& address, const MuxedConnection& connection) {
  by_peer_.Forget(connection.peer().id, connection);
  const Lock lock(lock_);
  dialed_.erase(address.ToString());
}

// Streams.

void SecureContext::OnStreamOfDialed(std::unique_ptr<MuxedStream> stream) {
  tcp->Start("libp2p select", [self = shared_from_this(), stream = std::move(stream)]() mutable {
    self->Select(std::move(stream), self->AnyListener().get());
  });
}

void SecureContext::AddListener(const std::shared_ptr<FrameStreams>& frames) {
  const Lock lock(lock_);
  std::erase_if(listeners_, [](const auto& kept) { return kept.expired(); });
  listeners_.push_back(frames);
}

std::shared_ptr<FrameStreams> SecureContext::AnyListener() {
  const Lock lock(lock_);
  for (const auto& kept : listeners_) {
    std::shared_ptr<FrameStreams> listener = kept.lock();
    if (listener != nullptr && !listener->closed()) return listener;
  }
  return nullptr;
}

void SecureContext::Select(std::unique_ptr<MuxedStream> stream, FrameStreams* frames) {
  std::vector<std::string> protocols = services.protocols();
  if (frames != nullptr && !frames->closed()) protocols.emplace_back(kFramesProtocol);
  const Instant deadline = tcp->node.DeadlineIn(options.tcp.handshake_timeout);
  absl::StatusOr<Agreement> agreed = AwaitProtocol(*stream, std::move(protocols), deadline);
  if (!agreed.ok()) return RefuseStream(*stream, agreed.status());
  stream->Chosen();
  stream->Unread(std::move(agreed->surplus));
  if (agreed->protocol != kFramesProtocol) return services.Serve(agreed->protocol, *stream);
  frames->Offer(std::move(stream));
}

// Whoever asks for what is not served does no wrong.
void SecureContext::RefuseStream(const MuxedStream& stream, const absl::Status& why) {
  if (!absl::IsDataLoss(why) && !absl::IsDeadlineExceeded(why)) return;
  tcp->Report(TcpEvent::kRefusedStream, "refuse a stream of", TcpAddressText(stream.peer()),
              why.message());
}

// Who we are.

void SecureContext::PushIdentify() {
  for (const std::shared_ptr<MuxedConnection>& connection : by_peer_.All()) {
    tcp->Start("libp2p push", [self = shared_from_this(), connection] {
      const Instant deadline = self->tcp->node.DeadlineIn(self->options.tcp.handshake_timeout);
      const auto stream = OpenStream(*connection, kIdentifyPushProtocol, deadline);
      // Not every peer wants to be told.
      if (!stream.ok()) return;
      net::PushIdentify(**stream, self->services.Describe(**stream), deadline).IgnoreError();
    });
  }
}

void SecureContext::Keep(const std::shared_ptr<MuxedConnection>& connection) {
  bool close = false;
  {
    const Lock lock(lock_);
    std::erase_if(connections_, [](const auto& kept) { return kept.expired(); });
    std::erase_if(dialed_, [](const auto& entry) { return entry.second.expired(); });
    connections_.push_back(connection);
    close = close_when_idle_;
  }
  if (close) connection->CloseWhenIdle();
}

size_t SecureContext::connections() const {
  const Lock lock(lock_);
  return static_cast<size_t>(
      std::count_if(connections_.begin(), connections_.end(), [](const auto& kept) {
        const auto connection = kept.lock();
        return connection != nullptr && !connection->over();
      }));
}

void SecureContext::CloseIdle() {
  std::vector<std::weak_ptr<MuxedConnection>> connections;
  {
    const Lock lock(lock_);
    close_when_idle_ = true;
    connections = connections_;
  }
  for (const auto& kept : connections) {
    if (const auto connection = kept.lock()) connection->CloseWhenIdle();
  }
}

}  // namespace rehearse::net
