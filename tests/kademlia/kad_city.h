// Many nodes that come, go and look things up, in one simulated node; and what became of it.

#ifndef REHEARSE_TESTS_KADEMLIA_KAD_CITY_H_
#define REHEARSE_TESTS_KADEMLIA_KAD_CITY_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/random.h"
#include "rehearse/actor/env/ratio.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/kademlia/dht.h"
#include "rehearse/net/kademlia/signed_record.h"
#include "tests/kademlia/light_network.h"

namespace rehearse::net {

// What bad nodes do; they know each other, and answer in time.
struct AttackOptions {
  Ratio bad = Ratio::Never();  // of all nodes
  bool eclipse = true;         // name each other alone, whoever is looked up
  bool forge = true;           // answer each question for a value or a provider with a false one
  // Each is the best of so many ids, by its distance to the key of a name: they surround names. 1:
  // they are where chance has them.
  int ids_tried = 1;
};

struct CityOptions {
  size_t nodes = 100;
  absl::Duration growth = absl::Minutes(2);   // until all have joined
  absl::Duration rest = absl::Minutes(3);     // until churn, lookups and counting begin
  absl::Duration length = absl::Minutes(10);  // of these
  Ratio churn_per_minute = {1, 10};           // that leave, and that come instead
  int64_t lookups_per_minute = 60;
  size_t names = 20;  // provided, and with a value each, at a time
  AttackOptions attack = {};
  LightNetworkOptions network = {};
  KadCoreOptions core = {};
  DhtOptions dht = {};
};

// How lookups of one kind went.
struct LookupTally {
  uint64_t begun = 0;
  uint64_t succeeded = 0;
  uint64_t failed = 0;  // the rest ended without meaning: who asked or who was looked up has left
  uint64_t forged = 0;  // ended with something false
  uint64_t asked = 0;   // questions of those that succeeded
  uint64_t hops = 0;    // of the same
  uint64_t timeouts = 0;
  std::string first_failure;  // in words

  double success() const { return Of(succeeded, succeeded + failed + forged); }
  double asked_each() const { return Of(asked, succeeded); }
  double hops_each() const { return Of(hops, succeeded); }
  static double Of(uint64_t part, uint64_t whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
  }
};

struct CityReport {
  LookupTally peers;
  LookupTally values;
  LookupTally providers;
  uint64_t joined = 0;
  uint64_t left = 0;
  uint64_t messages = 0;  // of all kinds, with answers
  uint64_t bytes = 0;
  double table_size = 0;  // on average, at the end
  bool over = false;
};

class KadCity {
 public:
  // On a fiber of `node`, which runs on one worker.
  KadCity(Node& node, const CityOptions& options);

  // Lives through all of it; parks.
  absl::Status Run();

  const CityReport& report() const { return report_; }

 private:
  struct Citizen {
    LightNetwork::Port* port = nullptr;
    std::shared_ptr<Dht> dht;  // null for a bad one
    Task* task = nullptr;      // of a good one that is up
    bool joined = false;
    Instant joined_at;
  };
  // A name that `owner` provides, with a value.
  struct Name {
    size_t owner;
    std::string provider_key;
    std::string value_key;
    std::string value;
    bool ready = false;
  };
  using CitizenIndex = size_t;

  void AddCitizen();
  void AddGood(CitizenIndex index);
  void AddBad(CitizenIndex index);
  // An id near a name that somebody will ask for.
  PeerId GroundId();
  absl::StatusOr<std::optional<std::string>> AnswerBadly(const KadPeer& self,
                                                         absl::string_view request);
  std::vector<KadPeer> BadNearest(const NodeKey& target, const KadPeer& self);
  void Leave(CitizenIndex index);
  void OneLeavesAndOneComes();
  std::vector<KadPeer> Acquaintances(CitizenIndex newcomer);

  void LookSomethingUp();
  void LookUpPeer(CitizenIndex asker);
  void LookUpValue(CitizenIndex asker, std::shared_ptr<Name> name);
  void LookUpProviders(CitizenIndex asker, std::shared_ptr<Name> name);
  void Publish(size_t slot);
  // A random good citizen that has joined some time ago; nothing if there is none.
  std::optional<CitizenIndex> Settled();
  void Spawn(const char* what, absl::AnyInvocable<void()> body);
  void Count(LookupTally& tally, const LookupReport& report, const absl::Status& status);

  Node& node_;
  const CityOptions options_;
  Random random_;
  LightNetwork network_;
  SignedRecordValidator validator_;
  RecordValidators validators_;
  std::deque<Citizen> citizens_;
  std::vector<CitizenIndex> living_;
  std::vector<std::pair<NodeKey, KadPeer>> bad_;  // up
  std::vector<std::shared_ptr<Name>> names_;
  uint64_t published_ = 0;
  CityReport report_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_TESTS_KADEMLIA_KAD_CITY_H_
