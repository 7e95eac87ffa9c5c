// How many requests each peer may make.

#ifndef REHEARSE_NET_KADEMLIA_REQUEST_BUDGET_H_
#define REHEARSE_NET_KADEMLIA_REQUEST_BUDGET_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/net/identity/peer_id.h"

namespace rehearse::net {

struct RequestBudgetOptions {
  int64_t per_second = 100;  // of one peer, in the long run
  int64_t burst = 200;       // of one peer, at once
  size_t peers_max = 4096;   // that are kept in mind
};

// A bucket of tokens a peer. Not for several threads at once.
class RequestBudget {
 public:
  explicit RequestBudget(const RequestBudgetOptions& options) : options_(options) {}

  // Whether `peer` may make a request now; it is counted if so. Where more peers than can be kept
  // in mind have asked within the time of one burst, those that come new are refused.
  bool Take(const PeerId& peer, Instant now);

  size_t peers() const { return spent_.size(); }

 private:
  // How much is spent is told by when it will be paid back: one number a peer.
  bool ForgetPaid(Instant now);
  int64_t NanosEach() const { return 1'000'000'000 / options_.per_second; }

  const RequestBudgetOptions options_;
  // By id: when it is paid back, in nanoseconds.
  // order-free: looked up by key; what is paid back is forgotten all at once.
  absl::flat_hash_map<std::string, int64_t> spent_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_KADEMLIA_REQUEST_BUDGET_H_
