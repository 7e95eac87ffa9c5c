// Names in a distributed hash table, for clusters that nobody has a list of.
//
// What is promised. A unique name is its first owner's, who has it as long as it renews its
// registration with most of the peers nearest to the name, and for a lifetime after that. Who claims
// a name asks those peers first, and has it when most of them took its registration, which none
// does while it holds a live one of another. That is no consensus: peers forget when they start
// anew, and two parts of a network that is cut each have nearest peers of their own, unless
// `holders_min` says how many there must be. Then there are two owners for a while. They have
// different tokens, the later one the greater; when the parts meet, one stays, the other is told,
// and the one that stays gets a token that is greater than both.
//
// A shared name has no such rule: each owner provides it, and says itself, when asked, that it
// still has it. So who has died is not found, whatever others remember.

#ifndef REHEARSE_NET_REGISTRY_KAD_NAMES_H_
#define REHEARSE_NET_REGISTRY_KAD_NAMES_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/random.h"
#include "rehearse/actor/names.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/kademlia/dht.h"
#include "rehearse/net/registry/ballot.h"
#include "rehearse/net/registry/name_validator.h"
#include "rehearse/net/registry/name_watches.h"
#include "rehearse/net/registry/registration.h"

namespace rehearse::net {

struct KadNamesOptions {
  absl::Duration lifetime = absl::Minutes(2);       // of a registration
  absl::Duration renew_every = absl::Seconds(30);
  absl::Duration cache_for = absl::Seconds(2);      // what a lookup has found
  absl::Duration watch_every = absl::Seconds(2);    // a watched name is looked up, at first, and
  absl::Duration watch_every_max = absl::Seconds(15);  // when nothing has changed for long
  // A name is claimed with so many peers at least, this node among them. In a cluster of n nodes,
  // n / 2 + 1 keeps parts that are cut off from claiming what the others have.
  size_t holders_min = 1;
  absl::Duration token_ahead_max = absl::Minutes(25);  // of the calendar
  int claims_max = 4;  // tries to claim a name
  absl::Duration claim_pause = absl::Milliseconds(200);  // after the first try, doubled each time
  size_t names_max = 4096;    // of this node
  size_t cached_max = 1024;   // names
  size_t sharers_max = 20;    // found of a shared name
  size_t renewals_max = 16;   // at a time
};

class NameKeeper;

// Any fiber of the node. Make it shared: fibers that work for it keep it.
class KadNames final : public Names, public std::enable_shared_from_this<KadNames> {
 public:
  struct Parts {
    Node& node;
    std::shared_ptr<Dht> dht;
    const NameValidator& validator;  // of its "rehearse" values
    const Identity& identity;
    std::vector<std::string> addresses;  // where this node is dialled
    // Whether a registration that was found may be believed, beyond its signature: that its peer
    // is who it calls its node. Called for each; may note where the node is.
    std::function<bool(const SignedRegistration&)> believed;
  };

  // What `parts` refers to outlives it.
  KadNames(Parts parts, const KadNamesOptions& options);
  ~KadNames() override;

  // Begins to renew and to watch. Once, on a fiber of the node, whose end ends it: then what it has
  // registered is withdrawn.
  void Start();

  absl::StatusOr<uint64_t> Register(const NameEntry& entry) override;
  absl::Status RegisterShared(const NameEntry& entry) override;
  void Unregister(absl::string_view name, absl::string_view actor) override;
  absl::StatusOr<Location> Lookup(absl::string_view name) override;
  absl::StatusOr<std::vector<Location>> LookupAll(absl::string_view name) override;
  std::unique_ptr<NameWatch> Watch(absl::string_view name) override;

 private:
  friend class NameKeeper;

  struct NameOf {
    bool shared = false;
    std::string name;
    friend auto operator<=>(const NameOf&, const NameOf&) = default;
  };
  // A name that this node has.
  struct Own {
    std::vector<NamedActor> actors;
    uint64_t token = 0;
    absl::Time until = absl::InfinitePast();  // most have taken it; of a unique name
    Instant renew_at;
    bool renewing = false;
  };
  struct Cached {
    std::vector<Location> locations;
    Instant until;
  };
  struct Watched {
    Instant next;
    absl::Duration interval;
    bool looking = false;
    std::vector<Location> last;
  };
  // What those nearest to a unique name hold.
  struct Poll {
    std::vector<KadPeer> peers;
    Ballot ballot;
    size_t electorate = 1;
    size_t quorum = 1;
    absl::Time now;
  };
  // What came of a try to claim a name.
  struct Claim {
    uint64_t token = 0;  // 0: it was not
    absl::Time until;
    std::string rival;  // who has it
    size_t took = 0;
    size_t quorum = 0;
  };

  // --- kad_claims.cc: unique names.
  absl::StatusOr<Poll> PollOf(const std::string& name);
  absl::StatusOr<Claim> TryClaim(const std::string& name, const std::vector<NamedActor>& actors);
  // Hands the registration to `peers` and keeps it; how many have it now.
  absl::StatusOr<size_t> Spread(const std::string& key, const Registration& registration,
                                const std::vector<KadPeer>& peers);
  uint64_t TokenAmong(const Poll& poll, uint64_t ours) const;
  absl::Status RenewUnique(const std::string& name, const Own& own);
  absl::Status ClaimAgain(const std::string& name, const Own& own);
  // What came of a renewal, unless the name has been registered anew since `before`, or given up.
  void Note(const std::string& name, const Own& before, uint64_t token, absl::Time until);
  void Lose(const std::string& name, const Own& own, absl::string_view to);

  // --- kad_names.cc
  Registration Made(const NameOf& of, std::vector<NamedActor> actors, absl::Time now);
  absl::Status PublishShared(const std::string& name, const std::vector<NamedActor>& actors);
  absl::Status Withdraw(const NameOf& of, uint64_t token);
  absl::Status Renew(const NameOf& of);
  absl::StatusOr<std::vector<Location>> Find(const NameOf& of, bool fresh);
  absl::StatusOr<std::vector<Location>> FindUnique(const std::string& name);
  absl::StatusOr<std::vector<Location>> FindShared(const std::string& name);
  absl::StatusOr<std::vector<Location>> FindAll(const std::string& name, bool fresh);
  std::vector<Location> OwnLocations(const NameOf& of);
  absl::Status CheckRoom(const NameOf& of);
  // Its end is its registrations'.
  void Follow(const AnyRef& actor);
  // Starts `work` on a fiber of its own.
  void Begin(const char* what, absl::AnyInvocable<void()> work);
  void LookNow(absl::string_view name);
  void Look(const std::string& name);

  // --- NameKeeper's.
  void Tick();
  void OnEnded(const std::string& actor);
  void Leave();

  Node& node_;
  const std::shared_ptr<Dht> dht_;
  const NameValidator& validator_;
  const Identity& identity_;
  const std::vector<std::string> addresses_;
  const std::function<bool(const SignedRegistration&)> believed_;
  const KadNamesOptions options_;
  NameWatches watches_;
  SpinLock lock_;  // of what follows
  Random random_;
  uint64_t sequence_ = 0;
  bool leaving_ = false;
  size_t renewals_ = 0;
  std::map<NameOf, Own> own_;
  std::map<NameOf, Cached> cache_;
  std::map<std::string, Watched, std::less<>> watched_;
  ActorRef<NameKeeper> keeper_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REGISTRY_KAD_NAMES_H_
