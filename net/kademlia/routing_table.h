// Whom a node knows: few of those far away, many of those near.
//
// Maymounkov and Mazières 2002, sections 2.2 and 2.4 (replacement caches, section 4.1).
// Differences:
//   - buckets by the number of bits shared with the own position, not split: what libp2p does;
//   - a peer that failed once is kept but not passed on until it answers again, so that the dead
//     are not spread; one that waits in the replacement cache takes its place at once;
//   - bounds on what is taken from one address prefix, per bucket and per table.

#ifndef REHEARSE_NET_KADEMLIA_ROUTING_TABLE_H_
#define REHEARSE_NET_KADEMLIA_ROUTING_TABLE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/net/kademlia/kad_peer.h"
#include "rehearse/net/kademlia/node_key.h"

namespace rehearse::net {

struct RoutingTableOptions {
  size_t k = 20;                 // peers a bucket
  size_t replacements_max = 20;  // that wait for a place in it
  int failures_max = 3;          // in a row, after which a peer goes even if nobody waits
  size_t group_per_bucket_max = 2;
  size_t group_per_table_max = 10;
};

// What became of a peer that was offered.
enum class TableOffer : uint8_t {
  kAdded,
  kKnown,    // it was there; its addresses and the time it was seen are new
  kWaiting,  // the bucket is full: it is in the replacement cache
  kCrowded,  // its address prefix has as many places as one may have
  kOwn,      // it is this node
};

// Not for several threads at once. Peers are named with their positions, which callers have anyway.
class RoutingTable {
 public:
  static constexpr int kBuckets = XorDistance::kBits;

  RoutingTable(const NodeKey& own, const RoutingTableOptions& options)
      : own_(own), options_(options) {}

  // `peer` was heard from by itself, over a connection that proves its id, and serves requests.
  // Peers that others tell of are no entries, but to be asked first.
  TableOffer Offer(const KadPeer& peer, const NodeKey& key, Instant now);

  // `key` did not answer. It loses its place if somebody waits for it, or it failed too often.
  void OnFailure(const NodeKey& key);
  void Remove(const NodeKey& key);

  // Up to `count` peers, the nearest to `target` first; without those that failed last time. Valid
  // until the table changes.
  std::vector<const KadPeer*> Nearest(const NodeKey& target, size_t count) const;

  // The peer that was seen least recently among those of a bucket for which others wait, if that
  // was before `before`: ask it something. By the bucket that `key` belongs to.
  std::optional<KadPeer> StalestBeside(const NodeKey& key, Instant before) const;

  // All peers that were not seen since `before`, least recently seen first.
  std::vector<KadPeer> NotSeenSince(Instant before) const;

  // Buckets that are as large as the network has peers for them: those up to the own neighbourhood,
  // which a lookup of the own id refreshes. What lies in [0, this) wants lookups of its own.
  int FarBuckets() const;
  // Something in that bucket was looked up.
  void MarkRefreshed(int bucket, Instant now) { RefreshedAt(bucket) = now; }
  Instant refreshed(int bucket) const { return buckets_[Index(bucket)].refreshed; }
  int BucketOf(const NodeKey& key) const { return own_.SharedBitsWith(key); }

  const KadPeer* Find(const NodeKey& key) const;
  size_t size() const { return size_; }
  size_t BucketSize(int bucket) const { return buckets_[Index(bucket)].entries.size(); }
  size_t WaitingIn(int bucket) const { return buckets_[Index(bucket)].waiting.size(); }
  const NodeKey& own() const { return own_; }
  // All peers, to be kept over a restart and asked then.
  std::vector<KadPeer> All() const;

 private:
  struct Contact {
    KadPeer peer;
    NodeKey key;
    Instant seen;
    std::string group;  // of its first address; empty if not bounded
  };
  // What is read of all peers of a bucket at each request. The rest of them is apart, so that a
  // bucket is a few cache lines, and reordering it moves little.
  struct Entry {
    uint64_t key_front;
    int failures = 0;
    std::unique_ptr<Contact> contact;
  };
  using Entries = std::vector<Entry>;  // least recently seen first
  struct Bucket {
    Entries entries;
    Entries waiting;
    Instant refreshed;
  };
  // Small, as many are sorted: the front of a distance, which nearly always decides.
  struct Near {
    uint64_t front;
    const Contact* contact;
  };
  using Nears = absl::InlinedVector<Near, 128>;

  static size_t Index(int bucket) { return static_cast<size_t>(bucket); }
  Instant& RefreshedAt(int bucket) { return buckets_[Index(bucket)].refreshed; }
  Bucket& BucketFor(const NodeKey& key) { return buckets_[Index(BucketOf(key))]; }
  static Entries::iterator FindIn(Entries& entries, const NodeKey& key);
  static void MoveToBack(Entries& entries, Entries::iterator entry);
  bool HasRoomFor(const std::string& group, const Bucket& bucket) const;
  void Insert(Bucket& bucket, Entry entry);
  void Erase(Bucket& bucket, Entries::iterator entry);
  void Wait(Bucket& bucket, Entry entry);
  void PromoteInto(Bucket& bucket);
  // Of the peers of buckets [first, last) that are passed on, the nearest, sorted, behind what is
  // in `near`: until that has `count`.
  void AppendNear(int first, int last, const NodeKey& target, size_t count, Nears& near) const;

  const NodeKey own_;
  const RoutingTableOptions options_;
  std::array<Bucket, kBuckets> buckets_;
  std::map<std::string, size_t> groups_;  // how many entries each has
  size_t size_ = 0;
  int deepest_ = 0;  // no bucket from here on has ever had an entry
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_KADEMLIA_ROUTING_TABLE_H_
