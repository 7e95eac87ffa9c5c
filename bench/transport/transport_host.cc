#include "rehearse/bench/transport/transport_host.h"

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/bench/transport/transport_works.h"
#include "rehearse/net/libp2p/tcp/secure_tcp_network.h"
#include "rehearse/net/quic/quic_network.h"
#include "rehearse/net/socket/node_sockets.h"

namespace rehearse::bench {

absl::StatusOr<std::unique_ptr<TransportHost>> TransportHost::Make(Node& node,
                                                                   net::Entropy& entropy,
                                                                   const std::string& transport) {
  std::unique_ptr<TransportHost> host(new TransportHost(node, entropy, transport));
  REHEARSE_ASSIGN_OR_RETURN(const absl::Time now, node.clock().WallTime());
  REHEARSE_ASSIGN_OR_RETURN(host->tls_, net::TlsKeys::Make(host->identity_, entropy, now));
  return host;
}

absl::StatusOr<std::unique_ptr<net::Libp2pNetwork>> TransportHost::MakeNetwork() {
  if (transport_ == "quic") {
    net::QuicNetworkOptions options;
    options.protocols = ServedWorks();
    REHEARSE_ASSIGN_OR_RETURN(std::unique_ptr<net::Libp2pNetwork> quic,
                              net::QuicNetwork::Make(net::SocketsOf(node_), node_,
                                                     {identity_, entropy_, *tls_}, options));
    return quic;
  }
  net::SecureTcpOptions options;
  options.securities = {transport_ == "tls" ? "/tls/1.0.0" : "/noise"};
  options.protocols = ServedWorks();
  return std::make_unique<net::SecureTcpNetwork>(
      net::SocketsOf(node_), node_, net::SecureIdentity{identity_, entropy_, tls_.get()}, options);
}

std::string TransportHost::Address(absl::string_view ip, int port) const {
  return transport_ == "quic" ? absl::StrCat("/ip4/", ip, "/udp/", port, "/quic-v1")
                              : absl::StrCat("/ip4/", ip, "/tcp/", port);
}

}  // namespace rehearse::bench
