// The very QUIC and TLS code that ships, under seeds.

#include "rehearse/net/quic/quic_network.h"
#include "rehearse/net/socket/node_sockets.h"
#include "rehearse/sim/runner/rehearse_test.h"
#include "rehearse/tests/determinism/transfer.h"

namespace rehearse::net {
namespace {

REHEARSE_TEST(Quic, CarriesAMebibyteEachWayThroughAllWeathers) {
  const auto make = [](Node& node, const Identity& identity, Entropy& entropy, const TlsKeys& tls) {
    return *QuicNetwork::Make(SocketsOf(node), node, {identity, entropy, tls});
  };
  TransferInAllWeathers(world, {.make = make, .port = "/udp/4001/quic-v1"});
}

}  // namespace
}  // namespace rehearse::net
