// A node's part in the distributed hash table: find peers, values and who provides what.
//
//   Dht dht({.domain = node, .core = core, .random = node.random("kademlia")}, {});
//   REHEARSE_RETURN_IF_ERROR(dht.Bootstrap(known_peers));
//   auto providers = dht.FindProviders(key, 3);
//
// Maymounkov and Mazières 2002; Baumgart and Mies 2007 (disjoint paths). What comes from others is
// checked or a hint: a value by its validator, a peer by its connection, a provider by asking it.

#ifndef REHEARSE_NET_KADEMLIA_DHT_H_
#define REHEARSE_NET_KADEMLIA_DHT_H_

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/env/random.h"
#include "rehearse/actor/runtime/domain.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/net/kademlia/kad_core.h"
#include "rehearse/net/kademlia/kad_message.h"
#include "rehearse/net/kademlia/kad_peer.h"
#include "rehearse/net/kademlia/lookup.h"

namespace rehearse::net {

struct DhtOptions {
  LookupOptions lookup = {};
  absl::Duration lookup_timeout = absl::Minutes(1);
  // A lookup does not wait longer for one peer, if there are others to ask; its answer still
  // counts.
  absl::Duration slow_after = absl::Seconds(3);
  absl::Duration refresh_every = absl::Minutes(10);
  absl::Duration republish_every = absl::Minutes(10);  // what this node published
  absl::Duration replicate_every = absl::Hours(1);     // what it holds, unless another just did
  absl::Duration expire_every = absl::Minutes(1);
  // Those that Bootstrap named are asked again: one of them that has started anew knows nobody, and
  // in a small network nobody else comes by.
  absl::Duration rejoin_every = absl::InfiniteDuration();
};

// What a lookup cost.
struct LookupReport {
  size_t asked = 0;
  size_t failed = 0;
  int hops = 0;  // to the nearest that answered: 1 if this node knew it
};

// What those nearest to a key hold under it.
struct ValueSurvey {
  struct Holder {
    KadPeer peer;
    std::string value;  // a valid one; empty: it has none
  };

  std::vector<Holder> nearest;  // that have answered, the nearest first
  // Peers as near as these of whom this node knows, up to k; some may not have answered.
  size_t known = 0;
};

// Any fiber of the node; its functions park, and return
//   kCancelled         when the caller is being stopped,
//   kDeadlineExceeded  when lookup_timeout is over,
//   kUnavailable       when nobody that it knows answers: Bootstrap first, or check the network,
// besides what each says of itself.
class Dht {
 public:
  static constexpr size_t kMetMax = 32;

  struct Parts {
    Domain& domain;  // whose fibers call
    std::shared_ptr<KadCore> core;
    Random random;
  };

  // What `parts` refers to outlives it.
  Dht(Parts parts, const DhtOptions& options)
      : domain_(parts.domain),
        core_(std::move(parts.core)),
        random_(parts.random),
        options_(options) {}
  Dht(const Dht&) = delete;
  Dht& operator=(const Dht&) = delete;

  // Joins by `peers`, from a file or the configuration: they are asked now, and again whenever this
  // node knows nobody. Looks up this node itself, then something in each far bucket.
  absl::Status Bootstrap(absl::Span<const KadPeer> peers);

  // `peer` was found nearby: asks it, joins by it if this node knew nobody, and remembers it beside
  // those of Bootstrap. Beyond kMetMax the one that was met first is forgotten.
  absl::Status Meet(const KadPeer& peer);

  // Refreshes the table, drops what has expired and publishes again what is due, until the caller
  // is being stopped. On a task of its own.
  absl::Status RunUpkeep();

  // Where `id` is; it has answered itself.
  //   kNotFound  those nearest to it don't know it, or it does not answer.
  absl::StatusOr<KadPeer> FindPeer(const PeerId& id, LookupReport* report = nullptr);

  // Up to k peers, the nearest to `key` first; each has answered.
  absl::StatusOr<std::vector<KadPeer>> FindNearest(absl::string_view key,
                                                   LookupReport* report = nullptr);

  // Says that this node provides `key`, now and every republish_every, until StopProviding.
  //   kInvalidArgument  the key is empty or too long.
  absl::Status Provide(absl::string_view key);
  // Others keep what they were told until it expires: readers must ask the provider itself.
  void StopProviding(absl::string_view key);

  // Peers that say they provide `key`: hints. Ends early with `enough` of them. Empty if the
  // nearest know of none.
  absl::StatusOr<std::vector<KadPeer>> FindProviders(absl::string_view key, size_t enough,
                                                     LookupReport* report = nullptr);

  // Stores the value with the peers nearest to its key, now and every republish_every, until
  // StopPublishing. OK if `quorum` of them have it.
  //   kInvalidArgument, kFailedPrecondition  the validator's words.
  //   kAlreadyExists  this node holds a better one.
  //   kUnavailable    fewer than `quorum` took it; it is tried again all the same.
  absl::Status PutValue(absl::string_view key, absl::string_view value, size_t quorum = 1);
  void StopPublishing(absl::string_view key);

  // The best value, by its validator, of those that are found until `quorum` peers have said the
  // same, or all the nearest were asked. Peers near the key that had a worse one, or none, are
  // given it.
  //   kNotFound  the nearest have none that is valid.
  absl::StatusOr<std::string> GetValue(absl::string_view key, size_t quorum = 3,
                                       LookupReport* report = nullptr);

  // --- For values of which GetValue would choose the wrong one: several owners may claim a key.

  // What each of the k nearest has, this node not among them.
  absl::StatusOr<ValueSurvey> SurveyValue(absl::string_view key, LookupReport* report = nullptr);
  // Hands `record` to `peers`; how many took it.
  absl::StatusOr<size_t> StoreAt(const std::vector<KadPeer>& peers, const KadRecord& record);
  // What each of `peers` itself has under its key of `keys`, as many: a valid value, or nothing.
  // Who does not answer has nothing.
  absl::StatusOr<std::vector<std::string>> ValuesOf(const std::vector<KadPeer>& peers,
                                                    const std::vector<std::string>& keys);

  KadCore& core() { return *core_; }

 private:
  // Sees each answer, whose closer peers went into the lookup; false ends the walk.
  using Visit = absl::FunctionRef<bool(Lookup::Candidate from, const KadMessage& answer)>;
  class Patience;
  // Who said what of a value.
  struct Votes {
    std::string best;
    std::set<Lookup::Candidate> have_best;
  };

  // Walks towards `key` by questions of `type`. OK when somebody has answered.
  absl::Status Walk(absl::string_view key, KadType type, std::optional<Lookup>& lookup, Visit visit,
                    absl::Span<const KadPeer> extra_seeds = {});
  // The same, to store something with those found: if time is up, with those that have answered.
  absl::Status WalkToStore(absl::string_view key, std::optional<Lookup>& lookup);
  // One step of it: what came back of one question, or that nothing has for a while. False: the
  // walk is over.
  absl::StatusOr<bool> TakeReply(Questions& questions, Patience& patience, Lookup& lookup,
                                 Instant deadline, Visit visit);
  // Sends `request` to all, and waits; how many have answered.
  absl::StatusOr<size_t> SendToAll(const Lookup& lookup,
                                   const std::vector<Lookup::Candidate>& peers,
                                   const std::string& request, KadCalls::Answered answered);
  absl::Status StoreAtNearest(const KadRecord& record, size_t quorum);
  absl::Status AnnounceProvider(const std::string& key);
  absl::Status GiveBest(const Lookup& lookup, absl::string_view key, const Votes& votes);
  void Vote(absl::string_view key, absl::string_view value, Lookup::Candidate from,
            Votes& votes) const;
  absl::Status Refresh(absl::Duration unless_within);
  absl::Status Republish();
  absl::Status Replicate();
  absl::Status Rejoin();
  // Asks `peers` for those nearest to this node: who answers is in the table by that. How many did.
  absl::StatusOr<size_t> AskForSelf(const std::vector<KadPeer>& peers);
  absl::Status SleepUntil(Instant reading);
  absl::Duration Jittered(absl::Duration length);
  std::vector<KadPeer> SeedsFor(const NodeKey& target, absl::Span<const KadPeer> extra);
  void Report(const std::optional<Lookup>& lookup, LookupReport* report) const;

  Domain& domain_;
  const std::shared_ptr<KadCore> core_;
  SpinLock lock_;  // of what follows
  Random random_;
  std::vector<KadPeer> bootstrap_;
  std::vector<KadPeer> met_;  // the latest last
  std::set<std::string, std::less<>> provided_;
  std::map<std::string, std::string, std::less<>> published_;
  const DhtOptions options_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_KADEMLIA_DHT_H_
