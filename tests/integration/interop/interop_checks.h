// What a node of ours tries with the peer that it dials. The same in JavaScript: checks.mjs.

#ifndef REHEARSE_TESTS_INTEGRATION_INTEROP_INTEROP_CHECKS_H_
#define REHEARSE_TESTS_INTEGRATION_INTEROP_INTEROP_CHECKS_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "rehearse/net/crypto/entropy.h"
#include "rehearse/net/libp2p/streams/libp2p_network.h"

namespace rehearse::net {

// Who is tried, and by what.
struct Dialed {
  Libp2pNetwork& network;
  Entropy& entropy;
  std::string address;  // with the peer's id
};

// Tries all, one after the other; `say` is told how each went. On a fiber of the network's node.
void RunInteropChecks(const Dialed& dialed,
                      const std::function<void(absl::string_view name, absl::Status)>& say);

}  // namespace rehearse::net

#endif  // REHEARSE_TESTS_INTEGRATION_INTEROP_INTEROP_CHECKS_H_
