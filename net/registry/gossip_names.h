// Names that the members of a cluster tell each other: the engine for tens of nodes.
//
// Each registration is a record of its own, signed by the node that has the name, and passed on
// with the gossip (net/membership): each node has all of them, and looks a name up without asking
// anybody. One counts as long as its node is present in that life; so a dead node's names are gone
// as soon as it is known to be dead.
//
// A unique name is claimed in two rounds, in each of which a majority of the members that are
// present say what they know of it: first that it is wanted, then who would have it. Whoever sees
// in between that another would have it, or has it, gives it up; who has it heeds no claim that is
// not through. So in a cluster that is whole the first owner stays.
// Parts of a cluster that cannot reach each other may each have an owner; when they meet, the one
// with the greater token stays, and the other learns by its watch that it has lost the name.

#ifndef REHEARSE_NET_REGISTRY_GOSSIP_NAMES_H_
#define REHEARSE_NET_REGISTRY_GOSSIP_NAMES_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/random.h"
#include "rehearse/actor/internal/weak_cell.h"
#include "rehearse/actor/names.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/membership/gossip_members.h"
#include "rehearse/net/membership/gossip_records.h"
#include "rehearse/net/registry/name_watches.h"
#include "rehearse/net/registry/registration.h"

namespace rehearse::net {

struct GossipNamesOptions {
  absl::Duration claim_timeout = absl::Seconds(3);  // of each of the two rounds
  int claim_tries_max = 4;                          // when two claim at once, and both give it up
  absl::Duration claim_pause = absl::Seconds(1);    // between tries, about
  // How long it may take until the end of an actor frees its name.
  absl::Duration look_every = absl::Milliseconds(500);
  int looks_at_all_every = 20;  // of these looks, when nothing changes: then what is old goes
  size_t names_max = 256;       // that this node has at a time
  // How long a registration is kept after its node has gone, by each node's calendar, so that a
  // later owner's token is greater; what is had is signed again in a third of that time.
  absl::Duration lifetime = absl::Minutes(30);
};

class GossipNames final : public Names, public RecordRule {
 public:
  // Records whose signature is remembered to be good.
  static constexpr size_t kOpenedMax = 8192;
  // A token whose time is farther ahead of this node's calendar does not count: it would be one
  // that no later owner could exceed.
  static constexpr absl::Duration kTokenAheadMax = absl::Minutes(35);

  // All outlive it. Where members have keys, `identity` is the node's; elsewhere any will do.
  GossipNames(Node& node, GossipMembers& members, const Identity& identity,
              const GossipNamesOptions& options)
      : node_(node),
        members_(members),
        identity_(identity),
        options_(options),
        random_(node.random("gossip names")) {}

  // Keeps the names up to date until the members end; on a task of its own.
  void Run();

  absl::StatusOr<uint64_t> Register(const NameEntry& entry) override;
  absl::Status RegisterShared(const NameEntry& entry) override;
  void Unregister(absl::string_view name, absl::string_view actor) override;
  absl::StatusOr<Location> Lookup(absl::string_view name) override;
  absl::StatusOr<std::vector<Location>> LookupAll(absl::string_view name) override;
  std::unique_ptr<NameWatch> Watch(absl::string_view name) override;

  // Of records.
  absl::Status Check(absl::string_view key, absl::string_view value) override;
  bool Wins(absl::string_view, absl::string_view value, absl::string_view held) override {
    return value > held;  // which begin with what orders them
  }

 private:
  struct Own {
    internal::WeakCell cell;
    NamedActor actor;
  };
  // What this node has of one name.
  struct OwnName {
    std::string name;
    bool shared = false;
    std::vector<Own> actors = {};
    uint64_t token = 0;
    bool claiming = false;
    bool had = true;  // not so while it is claimed for the first time
    absl::Time signed_at = absl::InfinitePast();
  };
  using OwnNames = std::map<std::string, OwnName, std::less<>>;  // by key
  using Present = std::map<std::string, Member, std::less<>>;

  static Own OwnOf(const NameEntry& entry);
  static std::string KeyFor(absl::string_view name, bool shared, const PeerId& peer);
  std::string KeyOf(absl::string_view name, bool shared) const;
  absl::Time WallTime() const;
  // Signs what `own` is now, and passes it on. False: there is no room for one name more.
  bool Publish(const OwnName& own);
  Registration RegistrationOf(const OwnName& own);

  // gossip_names_claim.cc
  absl::StatusOr<uint64_t> TryClaim(const NameEntry& entry, const std::string& key);
  void TellOfOwn(const NameEntry& entry, uint64_t token);
  absl::Status CheckIsFree(const OwnName& own);
  absl::Status Announce(const std::string& key, const OwnName& own);
  absl::Status AskPresentOwner(absl::string_view name);
  void GiveUp(const std::string& key, OwnName own, bool was_told);

  // What is known of a name.
  std::vector<SignedRegistration> Under(const std::string& prefix);
  bool IsFarAhead(const SignedRegistration& claim) const;
  bool IsGreater(const SignedRegistration& a, const SignedRegistration& b) const;
  void Remember(absl::string_view key, absl::string_view value, SignedRegistration opened);
  const SignedRegistration* Opened(const std::string& key, const std::string& value);
  Present PresentMembers() const;
  static bool IsLive(const SignedRegistration& registration, const Present& present);
  using Counts = bool (*)(const SignedRegistration& claim, const PeerId& self);
  std::optional<SignedRegistration> GreatestOf(absl::string_view name, Counts counts);
  std::optional<SignedRegistration> OwnerOf(absl::string_view name);
  std::optional<SignedRegistration> OtherOwnerOf(absl::string_view name);
  std::optional<SignedRegistration> RivalFor(absl::string_view name);
  uint64_t GreatestToken(absl::string_view name);
  std::vector<Location> Known(absl::string_view name);
  void TellWatches(absl::string_view name);

  // Of the task.
  void DropEnded();
  void GiveUpLost();
  void SignAgain();
  void LookAtAll();
  bool Has(const std::string& key);

  Node& node_;
  GossipMembers& members_;
  const Identity& identity_;
  const GossipNamesOptions options_;
  NameWatches watches_;

  SpinLock lock_;  // over what follows
  Random random_;
  OwnNames own_;
  uint64_t sequence_ = 0;
  SpinLock opened_lock_;                                                      // over what follows
  std::map<std::string, std::pair<std::string, SignedRegistration>> opened_;  // by key
};

// The names of a node that is a member: the members keep them, the node uses them from now on.
// `identity` outlives the node.
GossipNames& UseGossipNames(Node& node, GossipMembers& members, const Identity& identity,
                            const GossipNamesOptions& options = {});

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REGISTRY_GOSSIP_NAMES_H_
