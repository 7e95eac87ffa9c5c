// Two SecureTcpNetworks, with an identity each.

#ifndef REHEARSE_TESTS_CONFORMANCE_SECURE_NETWORKS_H_
#define REHEARSE_TESTS_CONFORMANCE_SECURE_NETWORKS_H_

#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "absl/time/time.h"
#include "rehearse/net/crypto/testing/seeded_entropy.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/libp2p/tcp/secure_tcp_network.h"
#include "rehearse/net/libp2p/tls/tls_keys.h"
#include "rehearse/net/socket/sockets.h"
#include "rehearse/tests/conformance/libp2p_claims.h"
#include "rehearse/tests/conformance/two_nodes.h"

namespace rehearse::net {

// One node's.
class SecureSide {
 public:
  SecureSide(Sockets& sockets, Node& node, uint64_t seed, const SecureTcpOptions& options)
      : entropy_(seed),
        tls_(*TlsKeys::Make(identity_, entropy_, *node.clock().WallTime())),
        network_(sockets, node, {identity_, entropy_, tls_.get()}, options) {}

  SecureTcpNetwork& network() { return network_; }
  const PeerId& id() const { return identity_.peer_id(); }

 private:
  SeededEntropy entropy_;
  const Identity identity_ = Identity::Generate(entropy_);
  const std::unique_ptr<TlsKeys> tls_;
  SecureTcpNetwork network_;
};

inline SecureTcpOptions EchoingOptions(const std::string& security) {
  SecureTcpOptions options;
  options.securities = {security};
  options.protocols = EchoHandlers();
  // Some claims wait until nobody works for a node any more.
  options.muxed.idle_timeout = absl::Milliseconds(100);
  return options;
}

// Both nodes' networks; ends when their fibers have ended.
class SecureNetworks {
 public:
  SecureNetworks(TwoNodes& nodes, Sockets& first, Sockets& second, const std::string& security)
      : SecureNetworks(nodes, first, second, EchoingOptions(security), EchoingOptions(security)) {}
  SecureNetworks(TwoNodes& nodes, Sockets& first, Sockets& second, const SecureTcpOptions& of_first,
                 const SecureTcpOptions& of_second)
      : nodes_(nodes),
        first_(first, nodes.node(0), 1, of_first),
        second_(second, nodes.node(1), 2, of_second) {}
  ~SecureNetworks() {
    nodes_.Run([this] { Await(first_); }, [this] { Await(second_); });
  }

  SecureTcpNetwork& operator[](int node) { return side(node).network(); }
  SecureSide& side(int node) { return node == 0 ? first_ : second_; }

 private:
  static void Await(SecureSide& side) {
    EXPECT_TRUE(side.network().AwaitFibers(Instant::Infinite()).ok());
  }

  TwoNodes& nodes_;
  SecureSide first_;
  SecureSide second_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_TESTS_CONFORMANCE_SECURE_NETWORKS_H_
