// The network that a process's node speaks, and who the node is there.

#ifndef REHEARSE_NET_NODE_NODE_NETWORK_H_
#define REHEARSE_NET_NODE_NODE_NETWORK_H_

#include <memory>

#include "absl/status/statusor.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/crypto/host_entropy.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/libp2p/tls/tls_keys.h"
#include "rehearse/net/network.h"
#include "rehearse/net/node/node_flags.h"
#include "rehearse/net/socket/sockets.h"

namespace rehearse::net {

// What a node proves itself with. Before the node runs: reads and writes files.
class NodeIdentity {
 public:
  // That of --identity, or of --state_dir; with neither, one that ends with the process. Null if
  // the flags want no security.
  //   the errors of ReadOrMakeIdentityFile and TlsKeys::Make
  static absl::StatusOr<std::unique_ptr<NodeIdentity>> Make(const NodeFlags& flags);

  const Identity& identity() const { return *identity_; }
  HostEntropy& entropy() { return entropy_; }
  // Null: TLS is not offered.
  const TlsKeys* tls() const { return tls_.get(); }

 private:
  NodeIdentity() = default;

  HostEntropy entropy_;
  std::unique_ptr<const Identity> identity_;
  std::unique_ptr<const TlsKeys> tls_;
};

// Plain TCP where `identity` is null, else libp2p over TCP with the security that the flags name.
// All outlive it, as does TcpNetwork's.
std::unique_ptr<Network> MakeNetwork(const NodeFlags& flags, Sockets& sockets, Node& node,
                                     NodeIdentity* identity);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_NODE_NODE_NETWORK_H_
