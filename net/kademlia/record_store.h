// What a node keeps for the network: values under keys, and who provides what.
//
// Maymounkov and Mazières 2002, section 2.3 (STORE), with what it leaves open: who may store what,
// and how much. Differences: values and providers have validators and bounds; when all is full,
// what is farthest from this node's position goes first, since others are nearer to it.

#ifndef REHEARSE_NET_KADEMLIA_RECORD_STORE_H_
#define REHEARSE_NET_KADEMLIA_RECORD_STORE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/net/kademlia/kad_message.h"
#include "rehearse/net/kademlia/kad_peer.h"
#include "rehearse/net/kademlia/node_key.h"
#include "rehearse/net/kademlia/record_validator.h"

namespace rehearse::net {

struct RecordStoreOptions {
  absl::Duration value_lifetime = absl::Hours(1);
  absl::Duration provider_lifetime = absl::Minutes(30);
  size_t key_bytes_max = 512;  // of a value
  size_t provider_key_bytes_max = 80;
  size_t value_bytes_max = 8 << 10;
  size_t providers_per_key_max = 20;
  size_t keys_per_peer_max = 1000;      // that one peer stored here, values and providers
  size_t bytes_per_peer_max = 1 << 20;  // the same, in bytes
  size_t keys_max = 50000;
  size_t bytes_max = 64 << 20;
};

// Not for several threads at once. Nothing that has expired is given out.
class RecordStore {
 public:
  // `validators` outlives it.
  RecordStore(const NodeKey& own, const RecordValidators& validators,
              const RecordStoreOptions& options)
      : own_(own), validators_(validators), options_(options) {}

  // Keeps the record, if it is valid and no better one is held. Its lifetime is its own or ours,
  // whichever is shorter; the same value again prolongs it.
  //   kInvalidArgument     its key, size or value can't be stored by anybody.
  //   kFailedPrecondition  it has expired.
  //   kAlreadyExists       a better one is held.
  //   kResourceExhausted   `from` has stored what one may, or the store is full of nearer ones.
  absl::Status PutValue(const PeerId& from, const KadRecord& record, Instant now);
  // With the lifetime that is left.
  std::optional<KadRecord> Value(absl::string_view key, Instant now) const;

  // `provider` says of itself, over its own connection, that it provides `key`.
  //   kInvalidArgument    the key is empty or too long.
  //   kResourceExhausted  as PutValue.
  absl::Status AddProvider(absl::string_view key, const KadPeer& provider, Instant now);
  // Those that said so last come last.
  std::vector<KadPeer> Providers(absl::string_view key, Instant now) const;

  void DropExpired(Instant now);

  // Values that nobody stored here since `before`: who holds them passes them on.
  std::vector<KadRecord> NotStoredSince(Instant before, Instant now) const;

  size_t keys() const { return values_.size() + providers_.size(); }
  size_t bytes() const { return bytes_; }

 private:
  struct HeldValue {
    std::string key;
    std::string value;
    PeerId from;
    Instant stored;
    Instant expires;
  };
  struct HeldProvider {
    KadPeer peer;
    Instant expires;
  };
  struct HeldProviders {
    std::string key;
    std::vector<HeldProvider> providers;  // the oldest first
  };
  struct Usage {
    size_t keys = 0;
    size_t bytes = 0;
  };
  // By distance from the own position, which is another for each key.
  using Values = std::map<XorDistance, HeldValue>;
  using ProviderLists = std::map<XorDistance, HeldProviders>;

  XorDistance DistanceOf(absl::string_view key) const { return NodeKey::Of(key).DistanceTo(own_); }
  absl::Status CheckRecord(const KadRecord& record) const;
  // Room for `bytes` of `from` at `distance`, by dropping what is farther.
  absl::Status MakeRoom(const PeerId& from, const XorDistance& distance, size_t bytes);
  void Charge(const PeerId& peer, size_t bytes);
  void Refund(const PeerId& peer, size_t bytes);
  void DropFarthest();
  Values::iterator Drop(Values::iterator value);
  void DropProvider(HeldProviders& held, size_t index);

  const NodeKey own_;
  const RecordValidators& validators_;
  const RecordStoreOptions options_;
  Values values_;
  ProviderLists providers_;
  std::map<PeerId, Usage> usage_;
  size_t entries_ = 0;  // values, and providers of each key
  size_t bytes_ = 0;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_KADEMLIA_RECORD_STORE_H_
