// What all of a node's lookups and answers share: its table, its store, and whom it asks through.

#ifndef REHEARSE_NET_KADEMLIA_KAD_CORE_H_
#define REHEARSE_NET_KADEMLIA_KAD_CORE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/clock.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/net/kademlia/kad_calls.h"
#include "rehearse/net/kademlia/kad_peer.h"
#include "rehearse/net/kademlia/kad_service.h"
#include "rehearse/net/kademlia/node_key.h"
#include "rehearse/net/kademlia/questions.h"
#include "rehearse/net/kademlia/record_store.h"
#include "rehearse/net/kademlia/record_validator.h"
#include "rehearse/net/kademlia/routing_table.h"

namespace rehearse::net {

struct KadCoreOptions {
  // A server answers requests, and is named to others; a client only asks.
  bool serves = true;
  absl::Duration request_timeout = absl::Seconds(10);
  // Where others wait for a place, a peer that was not seen for so long is asked whether it is
  // still there.
  absl::Duration check_after = absl::Minutes(5);
  size_t checks_max = 3;  // at a time
  RoutingTableOptions table;
  RecordStoreOptions store;
  KadServiceOptions service;
};

// Any fiber of the node. Validators are called under its lock: they compute and return.
class KadCore final : public std::enable_shared_from_this<KadCore> {
 public:
  // All outlive it. `self` has the addresses that others are told.
  KadCore(KadPeer self, const RecordValidators& validators, KadCalls& calls, const Clock& clock,
          const KadCoreOptions& options);
  KadCore(const KadCore&) = delete;
  KadCore& operator=(const KadCore&) = delete;

  // A request of `from`, whose id its connection proves and whose addresses are those that it told
  // of itself; `serves`, if it said that it answers such requests. As KadService::Answer, and:
  //   kFailedPrecondition  this node is a client: refuse the protocol.
  absl::StatusOr<std::optional<std::string>> OnRequest(const KadPeer& from, bool serves,
                                                       absl::string_view request);

  // `peer` has connected and said that it answers requests.
  void OnServer(const KadPeer& peer);

  // Sends a request; what comes back goes to `box`, and tells the table whether `to` is there.
  void Ask(const KadPeer& to, const NodeKey& key, std::string request, KadCalls::Answered answered,
           uint32_t tag, std::shared_ptr<Questions::Box> box);

  std::vector<KadPeer> Nearest(const NodeKey& target, size_t count);
  std::vector<KadPeer> KnownPeers();
  void DropExpired();
  std::vector<KadRecord> NotStoredSince(Instant before);
  absl::Status StoreOwn(const KadRecord& record);
  std::optional<KadRecord> Held(absl::string_view key);
  std::vector<KadPeer> HeldProviders(absl::string_view key);
  // Far buckets in which nothing was looked up since `before`.
  std::vector<int> BucketsNotRefreshedSince(Instant before);
  void MarkLookedUp(const NodeKey& target);
  size_t peers();
  KadServiceCounters counters();

  const KadPeer& self() const { return self_; }
  const NodeKey& key() const { return key_; }
  const Clock& clock() const { return clock_; }
  const RecordValidators& validators() const { return validators_; }
  // `length` from now, in the worker's timebase.
  Instant DeadlineIn(absl::Duration length) const {
    return clock_.ToTimebase(clock_.Now() + length);
  }

 private:
  // `peer` is there, and serves. Whom to ask for that, whether it is still there.
  std::optional<KadPeer> Offer(const KadPeer& peer, const NodeKey& key);
  void Check(const KadPeer& stalest);
  void OnAnswer(const KadPeer& peer, const NodeKey& key, const absl::Status& status);

  const KadPeer self_;
  const NodeKey key_;
  const RecordValidators& validators_;
  KadCalls& calls_;
  const Clock& clock_;
  const KadCoreOptions options_;
  SpinLock lock_;  // of all below
  RoutingTable table_;
  RecordStore store_;
  KadService service_;
  size_t checks_ = 0;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_KADEMLIA_KAD_CORE_H_
