// The very TLS, Noise and yamux code that ships, under seeds.

#include <memory>
#include <string>

#include "rehearse/net/libp2p/tcp/secure_tcp_network.h"
#include "rehearse/net/socket/node_sockets.h"
#include "rehearse/sim/runner/rehearse_test.h"
#include "rehearse/tests/determinism/transfer.h"

namespace rehearse::net {
namespace {

TransferOver Tcp(const std::string& security) {
  const auto make = [security](Node& node, const Identity& identity, Entropy& entropy,
                               const TlsKeys& tls) {
    SecureTcpOptions options;
    options.securities = {security};
    return std::make_unique<SecureTcpNetwork>(SocketsOf(node), node,
                                              SecureIdentity{identity, entropy, &tls}, options);
  };
  return {.make = make, .port = "/tcp/4001"};
}

REHEARSE_TEST(Tls, CarriesAMebibyteEachWayThroughAllWeathers) {
  TransferInAllWeathers(world, Tcp("/tls/1.0.0"));
}

REHEARSE_TEST(Noise, CarriesAMebibyteEachWayThroughAllWeathers) {
  TransferInAllWeathers(world, Tcp("/noise"));
}

}  // namespace
}  // namespace rehearse::net
