// What a node answers to others: the server's side of Kademlia. Without I/O.

#ifndef REHEARSE_NET_KADEMLIA_KAD_SERVICE_H_
#define REHEARSE_NET_KADEMLIA_KAD_SERVICE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/net/kademlia/kad_message.h"
#include "rehearse/net/kademlia/kad_peer.h"
#include "rehearse/net/kademlia/record_store.h"
#include "rehearse/net/kademlia/request_budget.h"
#include "rehearse/net/kademlia/routing_table.h"

namespace rehearse::net {

struct KadServiceOptions {
  size_t k = 20;  // peers named in an answer
  RequestBudgetOptions budget;
};

// How often what was said. For metrics.
struct KadServiceCounters {
  uint64_t answered = 0;
  uint64_t refused = 0;    // could not be read, or may not be
  uint64_t throttled = 0;  // too many
};

// Not for several threads at once.
class KadService {
 public:
  // `self` with the addresses that others are told. All outlive it.
  KadService(const KadPeer& self, const RoutingTable& table, RecordStore& store,
             const KadServiceOptions& options)
      : self_(self), table_(table), store_(store), options_(options), budget_(options.budget) {}

  // Answers what `from`, whose id the connection proves, has asked; its addresses are those that it
  // told of itself. Nothing: no answer belongs to this request. An error: reset the stream.
  //   kDataLoss           it is no request.
  //   kInvalidArgument, kFailedPrecondition, kAlreadyExists  it may not be stored.
  //   kResourceExhausted  it asks too often, or stores too much.
  absl::StatusOr<std::optional<std::string>> Answer(const KadPeer& from, absl::string_view request,
                                                    Instant now);

  const KadServiceCounters& counters() const { return counters_; }

 private:
  absl::StatusOr<std::optional<std::string>> AnswerRead(const KadPeer& from,
                                                        const KadMessage& request, Instant now);
  absl::Status AddProvider(const KadPeer& from, const KadMessage& request, Instant now);
  absl::Status PutValue(const KadPeer& from, const KadMessage& request, Instant now);
  // The nearest to `key` that this node knows, without `from` and those without an address.
  std::vector<const KadPeer*> CloserTo(absl::string_view key, const KadPeer& from) const;

  const KadPeer& self_;
  const RoutingTable& table_;
  RecordStore& store_;
  const KadServiceOptions options_;
  RequestBudget budget_;
  KadServiceCounters counters_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_KADEMLIA_KAD_SERVICE_H_
