// Kademlia on a libp2p host: serves the streams of its protocol, and opens them for a Dht's calls.
//
//   KadHost host(node, {.protocol = KadProtocolOf("cars")});
//   options.protocols = host.Handlers();
//   SecureTcpNetwork network(sockets, node, identity, options);
//   …                                                              // listen
//   Dht dht({node, host.Attach(network, self, validators), node.random("kademlia")}, {});
//   …
//   host.AwaitCalls(deadline); network.AwaitFibers(deadline);
//
// A server lists the protocol in identify; a client does not, and refuses it. Who asks a server is
// asked in turn who it is, once in a while, on the same connection; if it serves, too, the table
// takes it, at the addresses where it says to listen on the host that it is connected from.

#ifndef REHEARSE_NET_KADEMLIA_KAD_HOST_H_
#define REHEARSE_NET_KADEMLIA_KAD_HOST_H_

#include <cstddef>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/net/identity/peer_id.h"
#include "rehearse/net/kademlia/kad_askers.h"
#include "rehearse/net/kademlia/kad_core.h"
#include "rehearse/net/kademlia/kad_peer.h"
#include "rehearse/net/kademlia/record_validator.h"
#include "rehearse/net/kademlia/stream_calls.h"
#include "rehearse/net/libp2p/streams/libp2p_network.h"
#include "rehearse/net/libp2p/streams/peer_stream.h"
#include "rehearse/net/libp2p/streams/stream_handler.h"
#include "rehearse/net/socket/sockets.h"

namespace rehearse::net {

struct KadHostOptions {
  std::string protocol;      // KadProtocolOf
  KadCoreOptions core = {};  // whether it serves
  KadAskers::Options askers = {};
  size_t calls_max = 256;            // at a time
  size_t streams_per_peer_max = 64;  // on which it asks, at a time; further ones are closed
  // Of a stream on which a peer asks: how long it may be silent.
  absl::Duration idle_timeout = absl::Minutes(1);
  // How long who asks may take to say who it is. Its request waits.
  absl::Duration identify_timeout = absl::Seconds(2);
};

// Any fiber of the node. It outlives the network's AwaitFibers, and the core that it made.
class KadHost {
 public:
  KadHost(Node& node, const KadHostOptions& options);
  KadHost(const KadHost&) = delete;
  KadHost& operator=(const KadHost&) = delete;

  // What the network is to serve: put them into its options. None for a client.
  StreamHandlers Handlers();

  // The node's part in Kademlia, over `network`. `self` has the addresses that others are told,
  // without its id: listen first. Once; until then, streams that peers open are closed. `network`
  // outlives the calls, `validators` the core.
  std::shared_ptr<KadCore> Attach(Libp2pNetwork& network, KadPeer self,
                                  const RecordValidators& validators);

  // As StreamCalls::AwaitCalls: before the network goes.
  absl::Status AwaitCalls(Instant deadline) { return calls_.AwaitCalls(deadline); }

 private:
  struct Attached {
    Libp2pNetwork* network = nullptr;
    std::shared_ptr<KadCore> core;
  };

  // A peer's place among those that ask, held while a stream is served.
  class Place;

  Attached attached();
  void Serve(PeerStream& stream);
  // Who asks on `stream`; parks if it has to be asked.
  KadAsker AskerOn(const PeerStream& stream, Libp2pNetwork& network);
  absl::StatusOr<std::unique_ptr<StreamSocket>> Open(const KadPeer& to, Instant deadline);

  Node& node_;
  const KadHostOptions options_;
  StreamCalls calls_;
  SpinLock lock_;  // of what follows
  Attached attached_;
  KadAskers askers_;
  std::map<PeerId, size_t> streams_;  // that are served, of those peers that have any
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_KADEMLIA_KAD_HOST_H_
