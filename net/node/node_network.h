// The network that a process's node speaks, and who the node is there.

#ifndef REHEARSE_NET_NODE_NODE_NETWORK_H_
#define REHEARSE_NET_NODE_NODE_NETWORK_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/crypto/host_entropy.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/libp2p/known_peers.h"
#include "rehearse/net/libp2p/streams/libp2p_network.h"
#include "rehearse/net/libp2p/streams/peer_stream.h"
#include "rehearse/net/libp2p/streams/stream_handler.h"
#include "rehearse/net/libp2p/tcp/secure_tcp_network.h"
#include "rehearse/net/libp2p/tls/tls_keys.h"
#include "rehearse/net/libp2p/unread_budget.h"
#include "rehearse/net/multiaddr.h"
#include "rehearse/net/network.h"
#include "rehearse/net/node/node_figures.h"
#include "rehearse/net/node/node_flags.h"
#include "rehearse/net/quic/quic_network.h"
#include "rehearse/net/socket/sockets.h"
#include "rehearse/net/tcp/tcp_network.h"

namespace rehearse::net {

// What a node proves itself with. Before the node runs: reads and writes files.
class NodeIdentity {
 public:
  // That of --identity, or of --state_dir; with neither, one that ends with the process. Null if
  // the node proves itself to nobody (NodeFlags::proves_itself).
  //   the errors of ReadOrMakeIdentityFile and TlsKeys::Make
  static absl::StatusOr<std::unique_ptr<NodeIdentity>> Make(const NodeFlags& flags);

  const Identity& identity() const { return *identity_; }
  HostEntropy& entropy() { return entropy_; }
  // Null: neither TLS nor QUIC is offered.
  const TlsKeys* tls() const { return tls_.get(); }

 private:
  NodeIdentity() = default;

  HostEntropy entropy_;
  std::unique_ptr<const Identity> identity_;
  std::unique_ptr<const TlsKeys> tls_;
};

// TCP and QUIC at once: an address says which is meant.
//
// An address that is a peer's id alone, "/p2p/ID", is dialled where that peer was said to be
// (Learn), or on the connection that there is.
class NodeNetwork final : public Libp2pNetwork {
 public:
  // TCP is plain, or libp2p's with the security that the flags name. QUIC is there if they name an
  // address of it, or a security by which it can prove itself. All outlive it, as does
  // TcpNetwork's. `identity` is the flags' own; `protocols` are served besides the actors', to
  // peers that have proven who they are.
  NodeNetwork(const NodeFlags& flags, Sockets& sockets, Node& node, NodeIdentity* identity,
              const StreamHandlers& protocols = {});

  absl::StatusOr<std::unique_ptr<Listener>> Listen(absl::string_view address) override;
  absl::StatusOr<std::unique_ptr<Stream>> Dial(absl::string_view address,
                                               Instant deadline) override;

  //   kFailedPrecondition  over plain TCP, where nobody has proven who he is.
  absl::StatusOr<std::unique_ptr<PeerStream>> OpenStream(absl::string_view address,
                                                         absl::string_view protocol,
                                                         Instant deadline) override;
  //   kFailedPrecondition  as OpenStream
  absl::StatusOr<absl::Duration> Ping(absl::string_view address, Instant deadline) override;
  void PushIdentify() override;
  KnownPeers& known() override { return known_; }
  size_t connections() const override;
  absl::Status AwaitFibers(Instant deadline) override;

  // `peer` is said to be at `address`, which may be wrong: nobody else is talked to there.
  void Learn(const PeerId& peer, const Multiaddr& address) { known_.LearnAddress(peer, address); }

  // Of TCP, and of QUIC if it is there. Any thread.
  std::vector<TransportFigures> figures() const;

 private:
  // The one that `address` is meant for.
  absl::StatusOr<Network*> NetworkOf(absl::string_view address);
  // The same where peers prove who they are.
  absl::StatusOr<Libp2pNetwork*> ProvenNetworkOf(absl::string_view address);
  // Where to dial for `address`, one after the other.
  std::vector<std::string> PlacesOf(absl::string_view address) const;

  // Of what both hold together.
  const std::shared_ptr<UnreadBudget> unread_ = std::make_shared<UnreadBudget>();
  std::unique_ptr<TcpNetwork> plain_;         // or else
  std::unique_ptr<SecureTcpNetwork> secure_;  // TCP
  absl::StatusOr<std::unique_ptr<QuicNetwork>> quic_;
  KnownPeers known_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_NODE_NODE_NETWORK_H_
