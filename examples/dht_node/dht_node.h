// A stand-alone node of a distributed hash table, over libp2p on TCP.
//
//   bazel run //examples/dht_node -- -- --listen=/ip4/127.0.0.1/tcp/4001 serve
//   bazel run //examples/dht_node -- -- --join=/ip4/127.0.0.1/tcp/4001/p2p/12D3Koo… put color blue

#ifndef EXAMPLES_DHT_NODE_DHT_NODE_H_
#define EXAMPLES_DHT_NODE_DHT_NODE_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "examples/dht_node/command_line.h"
#include "rehearse/actor/actor.h"
#include "rehearse/net/crypto/entropy.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/kademlia/dht.h"
#include "rehearse/net/kademlia/kad_host.h"
#include "rehearse/net/kademlia/record_validator.h"
#include "rehearse/net/kademlia/signed_record.h"
#include "rehearse/net/libp2p/streams/libp2p_network.h"
#include "rehearse/net/libp2p/tls/tls_keys.h"
#include "rehearse/net/mdns/mdns.h"
#include "rehearse/net/network.h"

namespace examples::dht_node {

// Who the node is, and where its keys come from: the host for real, a seed in rehearsal. Both
// outlive it.
struct Keys {
  const rehearse::net::Identity& identity;
  rehearse::net::Entropy& entropy;
};

// Who meets somebody keeps it: a node that is told to end twice does not wait for that.
class DhtNode : public std::enable_shared_from_this<DhtNode> {
 public:
  // Takes what it says, a line at a time.
  using Say = std::function<void(absl::string_view line)>;

  static absl::StatusOr<std::shared_ptr<DhtNode>> Make(rehearse::Node& node, const Keys& keys,
                                                       const CommandLine& line);

  // Joins, and does what it was told to. On a fiber that is stopped to end it: that is no error.
  absl::Status Run(const Say& say);

  // When Run has ended: parks until nothing is under way.
  absl::Status End();

 private:
  DhtNode(rehearse::Node& node, const Keys& keys, const CommandLine& line,
          std::unique_ptr<rehearse::net::TlsKeys> tls);

  std::unique_ptr<rehearse::net::Libp2pNetwork> MakeNetwork();
  absl::Status Listen();
  absl::Status Join();
  // Meets whoever is found nearby from now on; parks until one is known, or some seconds.
  absl::Status LookAround();
  void Meet(const rehearse::net::LanPeer& found);
  absl::Status Do(const Say& say);
  absl::Status Put(const Say& say);
  absl::Status Get(const Say& say);
  absl::Status Find(const Say& say);
  absl::Status Ping(const Say& say);

  rehearse::Node& node_;
  const Keys keys_;
  const CommandLine line_;
  const std::unique_ptr<rehearse::net::TlsKeys> tls_;
  const rehearse::net::SignedRecordValidator signed_;
  rehearse::net::RecordValidators validators_;
  rehearse::net::KadHost host_;
  const std::unique_ptr<rehearse::net::Libp2pNetwork> network_;
  std::unique_ptr<rehearse::net::Listener> listener_;
  std::unique_ptr<rehearse::net::Dht> dht_;
  std::shared_ptr<rehearse::net::Mdns> mdns_;  // null: nobody is looked for
  std::atomic<int> meetings_{0};
};

// The node's program: does what `line` says until that is done or a signal tells it to end, and
// then ends the node.
absl::Status RunDhtNode(rehearse::Node& node, const Keys& keys, const CommandLine& line,
                        const DhtNode::Say& say);

}  // namespace examples::dht_node

#endif  // EXAMPLES_DHT_NODE_DHT_NODE_H_
