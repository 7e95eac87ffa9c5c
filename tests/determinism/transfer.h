// A mebibyte each way between two nodes, over a network of their own, in all weathers: loss,
// duplication, reordering, damage, small MTUs and NATs that forget. What was written arrives whole
// and in order, or the stream is reported as broken and another is opened.

#ifndef REHEARSE_TESTS_DETERMINISM_TRANSFER_H_
#define REHEARSE_TESTS_DETERMINISM_TRANSFER_H_

#include <functional>
#include <memory>
#include <string>

#include "rehearse/actor/node.h"
#include "rehearse/net/crypto/entropy.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/libp2p/streams/libp2p_network.h"
#include "rehearse/net/libp2p/tls/tls_keys.h"
#include "rehearse/sim/world/world.h"

namespace rehearse::net {

struct TransferOver {
  // A node's network. All but the node outlive it.
  std::function<std::unique_ptr<Libp2pNetwork>(Node&, const Identity&, Entropy&, const TlsKeys&)>
      make;
  // What comes behind a node's IP in its address: "/udp/4001/quic-v1".
  std::string port;
};

// Fails the seed if it is not done within five virtual minutes.
void TransferInAllWeathers(sim::World& world, const TransferOver& over);

}  // namespace rehearse::net

#endif  // REHEARSE_TESTS_DETERMINISM_TRANSFER_H_
