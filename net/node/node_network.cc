#include "rehearse/net/node/node_network.h"

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/multiaddr.h"
#include "rehearse/net/node/host_clock.h"
#include "rehearse/net/node/identity_file.h"
#include "rehearse/net/quic/quic_address.h"

namespace rehearse::net {
namespace {

constexpr size_t kPlacesTriedMax = 4;  // of one peer

std::string IdentityPath(const NodeFlags& flags) {
  if (!flags.identity.empty() || flags.state_dir.empty()) return flags.identity;
  return absl::StrCat(flags.state_dir, "/identity.key");
}

absl::StatusOr<Identity> FindIdentity(const NodeFlags& flags, Entropy& entropy) {
  const std::string path = IdentityPath(flags);
  if (path.empty()) return Identity::Generate(entropy);
  return ReadOrMakeIdentityFile(path, entropy);
}

std::shared_ptr<const std::set<PeerId>> Allowed(const NodeFlags& flags) {
  return flags.allow.has_value() ? std::make_shared<const std::set<PeerId>>(*flags.allow) : nullptr;
}

std::unique_ptr<SecureTcpNetwork> MakeSecureTcp(const NodeFlags& flags, Sockets& sockets,
                                                Node& node, NodeIdentity& identity,
                                                const StreamHandlers& protocols,
                                                std::shared_ptr<UnreadBudget> unread) {
  SecureTcpOptions options;
  options.protocols = protocols;
  options.unread = std::move(unread);
  options.admission.allowed = Allowed(flags);
  if (flags.security == NodeFlags::Security::kTls) options.securities = {"/tls/1.0.0"};
  if (flags.security == NodeFlags::Security::kNoise) options.securities = {"/noise"};
  return std::make_unique<SecureTcpNetwork>(
      sockets, node,
      SecureIdentity{
          .identity = identity.identity(), .entropy = identity.entropy(), .tls = identity.tls()},
      options);
}

absl::StatusOr<std::unique_ptr<QuicNetwork>> MakeQuic(const NodeFlags& flags, Sockets& sockets,
                                                      Node& node, NodeIdentity* identity,
                                                      const StreamHandlers& protocols,
                                                      std::shared_ptr<UnreadBudget> unread) {
  if (identity == nullptr || identity->tls() == nullptr) {
    return absl::InvalidArgumentError(
        "this node has no keys for QUIC; begin it with --security=libp2p");
  }
  QuicNetworkOptions options;
  options.protocols = protocols;
  options.unread = std::move(unread);
  options.admission.allowed = Allowed(flags);
  return QuicNetwork::Make(sockets, node,
                           {identity->identity(), identity->entropy(), *identity->tls()}, options);
}

// Of `begun`, those that are not over. They are read one after the other.
uint64_t Standing(uint64_t begun, uint64_t over) { return begun > over ? begun - over : 0; }

TransportFigures FiguresOf(const TcpNetwork& plain) {
  const TcpCounters counters = plain.counters();
  return {.transport = "tcp",
          .connections = Standing(counters.accepted + counters.dialed, counters.closed),
          .counters = counters};
}

TransportFigures FiguresOf(const SecureTcpNetwork& secure) {
  const TcpCounters counters = secure.counters();
  return {.transport = "tcp",
          .connections = Standing(counters.proven, counters.ended),
          .counters = counters};
}

TransportFigures FiguresOf(const QuicNetwork& network) {
  const QuicCounters quic = network.counters();
  return {.transport = "quic",
          .connections = Standing(quic.accepted + quic.dialed, quic.closed),
          .counters = network.frame_counters(),
          .quic = quic};
}

}  // namespace

absl::StatusOr<std::unique_ptr<NodeIdentity>> NodeIdentity::Make(const NodeFlags& flags) {
  std::unique_ptr<NodeIdentity> made;
  if (!flags.proves_itself()) return made;
  made.reset(new NodeIdentity());
  REHEARSE_ASSIGN_OR_RETURN(Identity identity, FindIdentity(flags, made->entropy_));
  made->identity_ = std::make_unique<const Identity>(std::move(identity));
  if (flags.security == NodeFlags::Security::kNoise && !flags.uses_quic()) return made;
  REHEARSE_ASSIGN_OR_RETURN(made->tls_,
                            TlsKeys::Make(*made->identity_, made->entropy_, HostWallTime()));
  return made;
}

NodeNetwork::NodeNetwork(const NodeFlags& flags, Sockets& sockets, Node& node,
                         NodeIdentity* identity, const StreamHandlers& protocols)
    : quic_(MakeQuic(flags, sockets, node, identity, protocols, unread_)) {
  if (flags.security == NodeFlags::Security::kNone) {
    plain_ = std::make_unique<TcpNetwork>(sockets, node);
  } else {
    secure_ = MakeSecureTcp(flags, sockets, node, *identity, protocols, unread_);
  }
}

absl::StatusOr<Network*> NodeNetwork::NetworkOf(absl::string_view address) {
  REHEARSE_ASSIGN_OR_RETURN(const Multiaddr parsed, Multiaddr::Parse(address));
  if (!IsForQuic(parsed)) {
    return plain_ != nullptr ? static_cast<Network*>(plain_.get()) : secure_.get();
  }
  if (quic_.ok()) return quic_->get();
  return absl::Status(quic_.status().code(),
                      absl::StrCat("address ", address, ": ", quic_.status().message()));
}

absl::StatusOr<std::unique_ptr<Listener>> NodeNetwork::Listen(absl::string_view address) {
  REHEARSE_ASSIGN_OR_RETURN(Network* const network, NetworkOf(address));
  return network->Listen(address);
}

std::vector<std::string> NodeNetwork::PlacesOf(absl::string_view address) const {
  std::vector<std::string> places;
  const absl::StatusOr<Multiaddr> parsed = Multiaddr::Parse(address);
  const std::optional<PeerId> peer = parsed.ok() ? parsed->peer() : std::nullopt;
  if (peer.has_value() && parsed->parts.size() == 1) {
    for (const Multiaddr& known : known_.AddressesOf(*peer)) {
      if (places.size() == kPlacesTriedMax) break;
      places.push_back(absl::StrCat(known.ToString(), "/p2p/", peer->ToString()));
    }
  }
  places.emplace_back(address);
  return places;
}

absl::StatusOr<std::unique_ptr<Stream>> NodeNetwork::Dial(absl::string_view address,
                                                          Instant deadline) {
  absl::Status failed = absl::UnavailableError("nowhere to dial");
  for (const std::string& place : PlacesOf(address)) {
    REHEARSE_ASSIGN_OR_RETURN(Network* const network, NetworkOf(place));
    absl::StatusOr<std::unique_ptr<Stream>> stream = network->Dial(place, deadline);
    if (stream.ok() || absl::IsCancelled(stream.status())) return stream;
    failed = stream.status();
  }
  return failed;
}

absl::StatusOr<std::unique_ptr<PeerStream>> NodeNetwork::OpenStream(absl::string_view address,
                                                                    absl::string_view protocol,
                                                                    Instant deadline) {
  REHEARSE_ASSIGN_OR_RETURN(Libp2pNetwork* const network, ProvenNetworkOf(address));
  return network->OpenStream(address, protocol, deadline);
}

absl::StatusOr<absl::Duration> NodeNetwork::Ping(absl::string_view address, Instant deadline) {
  REHEARSE_ASSIGN_OR_RETURN(Libp2pNetwork* const network, ProvenNetworkOf(address));
  return network->Ping(address, deadline);
}

absl::StatusOr<Libp2pNetwork*> NodeNetwork::ProvenNetworkOf(absl::string_view address) {
  REHEARSE_ASSIGN_OR_RETURN(Network* const network, NetworkOf(address));
  if (network != plain_.get()) return static_cast<Libp2pNetwork*>(network);
  if (quic_.ok()) return quic_->get();
  return absl::FailedPreconditionError(
      absl::StrCat("a stream to ", address, ": over plain TCP nobody proves who he is"));
}

void NodeNetwork::PushIdentify() {
  if (secure_ != nullptr) secure_->PushIdentify();
  if (quic_.ok()) (*quic_)->PushIdentify();
}

size_t NodeNetwork::connections() const {
  size_t connections = 0;
  for (const TransportFigures& transport : figures()) connections += transport.connections;
  return connections;
}

std::vector<TransportFigures> NodeNetwork::figures() const {
  std::vector<TransportFigures> figures = {plain_ != nullptr ? FiguresOf(*plain_)
                                                             : FiguresOf(*secure_)};
  if (quic_.ok()) figures.push_back(FiguresOf(**quic_));
  return figures;
}

absl::Status NodeNetwork::AwaitFibers(Instant deadline) {
  const absl::Status quic = quic_.ok() ? (*quic_)->AwaitFibers(deadline) : absl::OkStatus();
  const absl::Status tcp =
      plain_ != nullptr ? plain_->AwaitFibers(deadline) : secure_->AwaitFibers(deadline);
  return quic.ok() ? tcp : quic;
}

}  // namespace rehearse::net
