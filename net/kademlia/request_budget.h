// How many requests each peer may make.

#ifndef REHEARSE_NET_KADEMLIA_REQUEST_BUDGET_H_
#define REHEARSE_NET_KADEMLIA_REQUEST_BUDGET_H_

#include <cstddef>
#include <cstdint>

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
  static constexpr size_t kForgetAtMin = 16;

  // Room for one more in mind. Those who have paid back are forgotten whenever twice as many are in
  // mind as the last time: a step a request on average, and the map stays as small as the crowd.
  bool MakeRoom(Instant now);
  int64_t NanosEach() const { return 1'000'000'000 / options_.per_second; }

  const RequestBudgetOptions options_;
  // How much is spent is told by when it will be paid back, in nanoseconds: one number a peer.
  // order-free: looked up by key; what is paid back is forgotten all at once.
  absl::flat_hash_map<PeerId, int64_t> spent_;
  size_t forget_at_ = kForgetAtMin;  // so many in mind
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_KADEMLIA_REQUEST_BUDGET_H_
