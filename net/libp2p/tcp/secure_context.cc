#include "rehearse/net/libp2p/tcp/secure_context.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "absl/status/status.h"
#include "rehearse/actor/env/status_macros.h"
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

SecureContext::SecureContext(Sockets& sockets, Node& node, const SecureIdentity& identity,
                             const SecureTcpOptions& options)
    : tcp(std::make_shared<TcpContext>(sockets, node, options.tcp)),
      options(With(options, identity.tls)),
      identity(identity.identity),
      services(node, identity.identity,
               {.protocols = options.protocols,
                .protocol_version = options.protocol_version,
                .agent_version = options.agent_version,
                .patience = options.tcp.handshake_timeout}),
      entropy_(identity.entropy),
      tls_(identity.tls),
      noise_(identity.identity, identity.entropy) {}

absl::StatusOr<Upgraded> SecureContext::Prove(StreamSocket& socket, bool dialer,
                                              std::optional<PeerId> expected, Instant deadline) {
  UpgradeOptions upgrade{.dialer = dialer, .expected = std::move(expected)};
  upgrade.securities = options.securities;
  REHEARSE_ASSIGN_OR_RETURN(upgrade.now, tcp->node.clock().WallTime());
  return Upgrade(socket, {entropy_, noise_, tls_}, upgrade, deadline);
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
  return connection;
}

absl::StatusOr<std::shared_ptr<MuxedConnection>> SecureContext::Connect(const Multiaddr& address,
                                                                        Instant deadline,
                                                                        bool& is_new) {
  {
    const Lock lock(lock_);
    const auto found = dialed_.find(address.ToString());
    const auto standing = found == dialed_.end() ? nullptr : found->second.lock();
    is_new = standing == nullptr || standing->over();
    if (!is_new) return standing;
  }
  REHEARSE_ASSIGN_OR_RETURN(const SocketAddress to,
                            ParseTcpAddress(address.WithoutPeer().ToString()));
  REHEARSE_ASSIGN_OR_RETURN(std::unique_ptr<StreamSocket> socket,
                            tcp->sockets.Connect(to, deadline));
  // The peer may open streams as well.
  auto serve = [self = shared_from_this()](std::unique_ptr<MuxedStream> stream) {
    self->tcp->Start("libp2p serve",
                     [self, stream = std::move(stream)] { self->services.Serve(*stream); });
  };
  REHEARSE_ASSIGN_OR_RETURN(Upgraded upgraded,
                            Prove(*socket, /*dialer=*/true, address.peer(), deadline));
  auto connection =
      Adopt(std::move(socket), std::move(upgraded), /*dialer=*/true, nullptr, std::move(serve));
  const Lock lock(lock_);
  dialed_[address.ToString()] = connection;
  return connection;
}

void SecureContext::Forget(const Multiaddr& address) {
  const Lock lock(lock_);
  dialed_.erase(address.ToString());
}

std::shared_ptr<void> SecureContext::TryEnter() {
  if (incoming_.fetch_add(1) >= options.incoming_connections_max) {
    incoming_.fetch_sub(1);
    return nullptr;
  }
  return std::shared_ptr<void>(
      this, [self = shared_from_this()](void*) { self->incoming_.fetch_sub(1); });
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
