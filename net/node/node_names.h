// The names that a process's node knows, by the engine that its flags say.

#ifndef REHEARSE_NET_NODE_NODE_NAMES_H_
#define REHEARSE_NET_NODE_NODE_NAMES_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/net/crypto/host_entropy.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/kademlia/dht.h"
#include "rehearse/net/kademlia/kad_host.h"
#include "rehearse/net/libp2p/streams/stream_handler.h"
#include "rehearse/net/mdns/peer_records.h"
#include "rehearse/net/membership/gossip_members.h"
#include "rehearse/net/node/node_flags.h"
#include "rehearse/net/node/node_network.h"
#include "rehearse/net/registry/fixed_names.h"
#include "rehearse/net/registry/kad_names.h"
#include "rehearse/net/registry/name_validator.h"

namespace rehearse::net {

class NodeNames {
 public:
  // The network of all nodes whose names are in one table: /rehearse/kad/1.0.0.
  static constexpr absl::string_view kKademliaNetwork = "rehearse";

  // All outlive it; `identity` is null if the node proves itself to nobody.
  NodeNames(const NodeFlags& flags, Node& node, const Identity* identity);
  ~NodeNames();

  // What the network is to serve.
  StreamHandlers Handlers();

  // The node has begun to listen, at `listening` unless that is empty. Joins, for some seconds at
  // most, and gives the node its names. On a fiber.
  //   kCancelled  the node is told to end.
  absl::Status Begin(NodeNetwork& network, absl::string_view listening);

  // `peer` is said to be nearby: has the engine try it. After Begin; parks while it is asked.
  bool Meet(const LanPeer& peer);

  // After the actors have ended: tells the cluster, if there is one, that the node leaves it; parks
  // until some have heard it, or `deadline`. Then the node listens no longer.
  void Leave(Instant deadline);
  // Then: parks until nothing is under way, or `deadline`.
  void End(Instant deadline);

 private:
  void JoinByGossip(absl::string_view listening);
  absl::Status JoinByKademlia(NodeNetwork& network, absl::string_view listening);
  bool IsBelieved(const SignedRegistration& found);

  const NodeFlags& flags_;
  Node& node_;
  const Identity* const identity_;
  NameBook book_;
  FixedNames fixed_;
  // --- Of gossip.
  HostEntropy entropy_;
  std::optional<Identity> unproven_;  // signs names where nobody proves himself
  GossipMembers* members_ = nullptr;  // the router's
  // --- Of Kademlia.
  NodeNetwork* network_ = nullptr;
  std::unique_ptr<KadHost> host_;
  NameValidator validator_;
  RecordValidators validators_;
  std::shared_ptr<Dht> dht_;
  std::shared_ptr<KadNames> names_;
  Task* upkeep_ = nullptr;  // counted
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_NODE_NODE_NAMES_H_
