// Bad peers on the host's loopback, all on the thread that calls.

#ifndef REHEARSE_TESTS_INTEGRATION_BAD_PEER_RUNNER_H_
#define REHEARSE_TESTS_INTEGRATION_BAD_PEER_RUNNER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "rehearse/tests/conformance/bad_peer.h"

namespace rehearse {

struct BadPeerRun {
  int count = 0;
  size_t at_once_max = 64;
  // After so long without anything that happens, the others are given up.
  int patience_millis = 20000;
};

// Sends peers to 127.0.0.1:`port`, each as `make(number)` says. Returns how many connections were
// over before they were given up: all of them, it is hoped.
int RunBadPeers(uint16_t port, const BadPeerRun& run,
                const std::function<std::unique_ptr<BadPeer>(int)>& make);

}  // namespace rehearse

#endif  // REHEARSE_TESTS_INTEGRATION_BAD_PEER_RUNNER_H_
