// A node's identity, and its network over the transport that is asked for.

#ifndef REHEARSE_BENCH_TRANSPORT_TRANSPORT_HOST_H_
#define REHEARSE_BENCH_TRANSPORT_TRANSPORT_HOST_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/crypto/entropy.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/libp2p/streams/libp2p_network.h"
#include "rehearse/net/libp2p/tls/tls_keys.h"

namespace rehearse::bench {

class TransportHost {
 public:
  // `transport` is "tls", "noise" or "quic". Both references outlive it, and it its networks.
  static absl::StatusOr<std::unique_ptr<TransportHost>> Make(Node& node, net::Entropy& entropy,
                                                             const std::string& transport);

  // One more network of the same identity, which serves ServedWorks().
  absl::StatusOr<std::unique_ptr<net::Libp2pNetwork>> MakeNetwork();

  // To listen at.
  std::string Address(absl::string_view ip, int port) const;

 private:
  TransportHost(Node& node, net::Entropy& entropy, std::string transport)
      : node_(node),
        entropy_(entropy),
        transport_(std::move(transport)),
        identity_(net::Identity::Generate(entropy)) {}

  Node& node_;
  net::Entropy& entropy_;
  const std::string transport_;
  const net::Identity identity_;
  std::unique_ptr<net::TlsKeys> tls_;
};

}  // namespace rehearse::bench

#endif  // REHEARSE_BENCH_TRANSPORT_TRANSPORT_HOST_H_
