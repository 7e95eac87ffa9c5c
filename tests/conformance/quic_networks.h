// Two QuicNetworks, with an identity each.

#ifndef REHEARSE_TESTS_CONFORMANCE_QUIC_NETWORKS_H_
#define REHEARSE_TESTS_CONFORMANCE_QUIC_NETWORKS_H_

#include <memory>

#include <gtest/gtest.h>

#include "absl/time/time.h"
#include "rehearse/net/crypto/entropy.h"
#include "rehearse/net/crypto/testing/seeded_entropy.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/libp2p/tls/tls_keys.h"
#include "rehearse/net/quic/quic_network.h"
#include "rehearse/net/socket/sockets.h"
#include "rehearse/tests/conformance/libp2p_claims.h"
#include "rehearse/tests/conformance/two_nodes.h"

namespace rehearse::net {

// One node's. The same seed makes the same keys, and the ids and secrets of its connections.
class QuicPeer {
 public:
  QuicPeer(Sockets& sockets, Node& node, uint64_t seed, const QuicNetworkOptions& options)
      : entropy_(seed),
        tls_(*TlsKeys::Make(identity_, entropy_, *node.clock().WallTime())),
        network_(*QuicNetwork::Make(sockets, node, {identity_, entropy_, *tls_}, With(options))) {}

  QuicNetwork& network() { return *network_; }
  const PeerId& id() const { return identity_.peer_id(); }

 private:
  static QuicNetworkOptions With(QuicNetworkOptions options) {
    options.protocols = EchoHandlers();
    // Some claims wait until nobody works for a node any more.
    if (options.quic.unused_timeout == QuicOptions().unused_timeout) {
      options.quic.unused_timeout = absl::Milliseconds(100);
    }
    return options;
  }

  SeededEntropy entropy_;
  const Identity identity_ = Identity::Generate(entropy_);
  const std::unique_ptr<TlsKeys> tls_;
  const std::unique_ptr<QuicNetwork> network_;
};

// Both nodes' networks; ends when their fibers have ended.
class QuicNetworks {
 public:
  QuicNetworks(TwoNodes& nodes, Sockets& first, Sockets& second, uint64_t seed = 1,
               const QuicNetworkOptions& options = QuicNetworkOptions())
      : QuicNetworks(nodes, first, second, seed, options, options) {}
  QuicNetworks(TwoNodes& nodes, Sockets& first, Sockets& second, uint64_t seed,
               const QuicNetworkOptions& of_first, const QuicNetworkOptions& of_second)
      : nodes_(nodes),
        first_(first, nodes.node(0), 2 * seed, of_first),
        second_(second, nodes.node(1), 2 * seed + 1, of_second) {}
  ~QuicNetworks() {
    nodes_.Run([this] { Await(first_); }, [this] { Await(second_); });
  }

  QuicNetwork& operator[](int node) { return peer(node).network(); }
  QuicPeer& peer(int node) { return node == 0 ? first_ : second_; }

 private:
  static void Await(QuicPeer& peer) {
    EXPECT_TRUE(peer.network().AwaitFibers(Instant::Infinite()).ok());
  }

  TwoNodes& nodes_;
  QuicPeer first_;
  QuicPeer second_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_TESTS_CONFORMANCE_QUIC_NETWORKS_H_
