#include "rehearse/net/kademlia/routing_table.h"

#include <algorithm>
#include <utility>

#include "rehearse/net/kademlia/address_group.h"

namespace rehearse::net {
namespace {

std::string GroupOf(const KadPeer& peer) {
  return peer.addresses.empty() ? "" : AddressGroupOf(peer.addresses.front());
}

}  // namespace

RoutingTable::Entries::iterator RoutingTable::FindIn(Entries& entries, const NodeKey& key) {
  return std::find_if(entries.begin(), entries.end(), [&key](const Entry& entry) {
    return entry.key_front == key.front() && entry.contact->key == key;
  });
}

void RoutingTable::MoveToBack(Entries& entries, Entries::iterator entry) {
  Entry moved = std::move(*entry);
  std::move(entry + 1, entries.end(), entry);
  entries.back() = std::move(moved);
}

TableOffer RoutingTable::Offer(const KadPeer& peer, const NodeKey& key, Instant now) {
  if (key == own_) return TableOffer::kOwn;
  Bucket& bucket = BucketFor(key);
  const auto known = FindIn(bucket.entries, key);
  if (known != bucket.entries.end()) {
    known->failures = 0;
    Contact& contact = *known->contact;
    contact.seen = now;
    if (!peer.addresses.empty() && peer.addresses != contact.peer.addresses &&
        GroupOf(peer) == contact.group) {
      contact.peer.addresses = peer.addresses;
    }
    MoveToBack(bucket.entries, known);
    return TableOffer::kKnown;
  }
  std::string group = GroupOf(peer);
  if (!HasRoomFor(group, bucket)) return TableOffer::kCrowded;
  Entry entry{.key_front = key.front(),
              .contact = std::make_unique<Contact>(Contact{peer, key, now, std::move(group)})};
  if (bucket.entries.size() < options_.k) {
    Insert(bucket, std::move(entry));
    return TableOffer::kAdded;
  }
  // One that did not answer last time gives way to one that just has.
  const auto failed = std::find_if(bucket.entries.begin(), bucket.entries.end(),
                                   [](const Entry& held) { return held.failures > 0; });
  if (failed != bucket.entries.end()) {
    Erase(bucket, failed);
    Insert(bucket, std::move(entry));
    return TableOffer::kAdded;
  }
  Wait(bucket, std::move(entry));
  return TableOffer::kWaiting;
}

void RoutingTable::OnFailure(const NodeKey& key) {
  if (key == own_) return;
  Bucket& bucket = BucketFor(key);
  if (const auto waiting = FindIn(bucket.waiting, key); waiting != bucket.waiting.end()) {
    bucket.waiting.erase(waiting);
    return;
  }
  const auto entry = FindIn(bucket.entries, key);
  if (entry == bucket.entries.end()) return;
  if (++entry->failures < options_.failures_max && bucket.waiting.empty()) return;
  Erase(bucket, entry);
  PromoteInto(bucket);
}

void RoutingTable::Remove(const NodeKey& key) {
  if (key == own_) return;
  Bucket& bucket = BucketFor(key);
  const auto entry = FindIn(bucket.entries, key);
  if (entry != bucket.entries.end()) {
    Erase(bucket, entry);
    PromoteInto(bucket);
  } else if (const auto waiting = FindIn(bucket.waiting, key); waiting != bucket.waiting.end()) {
    bucket.waiting.erase(waiting);
  }
}

std::vector<const KadPeer*> RoutingTable::Nearest(const NodeKey& target, size_t count) const {
  // Peers of the target's bucket share more bits with it than all others do; those of deeper
  // buckets, as this node itself, that many; and each bucket before it one less.
  const int at = BucketOf(target);
  Nears near;
  if (at < kBuckets) AppendNear(at, at + 1, target, count, near);
  if (near.size() < count && at + 1 < deepest_) AppendNear(at + 1, deepest_, target, count, near);
  for (int bucket = std::min(at, deepest_) - 1; bucket >= 0 && near.size() < count; --bucket) {
    AppendNear(bucket, bucket + 1, target, count, near);
  }
  std::vector<const KadPeer*> peers;
  peers.reserve(near.size());
  for (const Near& each : near) peers.push_back(&each.contact->peer);
  return peers;
}

void RoutingTable::AppendNear(int first, int last, const NodeKey& target, size_t count,
                              Nears& near) const {
  const auto begin = static_cast<std::ptrdiff_t>(near.size());
  for (int bucket = first; bucket < last; ++bucket) {
    for (const Entry& entry : buckets_[Index(bucket)].entries) {
      if (entry.failures > 0) continue;
      near.push_back({entry.key_front ^ target.front(), entry.contact.get()});
    }
  }
  const auto nearer = [&target](const Near& a, const Near& b) {
    if (a.front != b.front) return a.front < b.front;
    return a.contact->key.DistanceTo(target) < b.contact->key.DistanceTo(target);
  };
  if (near.size() > count) {
    // Often one is wanted of all that are deeper: the others need no order.
    std::nth_element(near.begin() + begin, near.begin() + static_cast<std::ptrdiff_t>(count),
                     near.end(), nearer);
    near.resize(count);
  }
  std::sort(near.begin() + begin, near.end(), nearer);
}

std::optional<KadPeer> RoutingTable::StalestBeside(const NodeKey& key, Instant before) const {
  if (key == own_) return std::nullopt;
  const Bucket& bucket = buckets_[Index(BucketOf(key))];
  if (bucket.waiting.empty() || bucket.entries.empty()) return std::nullopt;
  const Contact& stalest = *bucket.entries.front().contact;
  if (stalest.seen >= before) return std::nullopt;
  return stalest.peer;
}

std::vector<KadPeer> RoutingTable::NotSeenSince(Instant before) const {
  std::vector<const Contact*> found;
  for (int bucket = 0; bucket < deepest_; ++bucket) {
    for (const Entry& entry : buckets_[Index(bucket)].entries) {
      if (entry.contact->seen < before) found.push_back(entry.contact.get());
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Contact* a, const Contact* b) { return a->seen < b->seen; });
  std::vector<KadPeer> peers;
  for (const Contact* contact : found) peers.push_back(contact->peer);
  return peers;
}

int RoutingTable::FarBuckets() const {
  size_t nearer = 0;
  for (int bucket = deepest_ - 1; bucket >= 0; --bucket) {
    nearer += buckets_[Index(bucket)].entries.size();
    if (nearer >= options_.k) return bucket;
  }
  return 0;
}

const KadPeer* RoutingTable::Find(const NodeKey& key) const {
  if (key == own_) return nullptr;
  for (const Entry& entry : buckets_[Index(BucketOf(key))].entries) {
    if (entry.contact->key == key) return &entry.contact->peer;
  }
  return nullptr;
}

std::vector<KadPeer> RoutingTable::All() const {
  std::vector<KadPeer> peers;
  for (int bucket = 0; bucket < deepest_; ++bucket) {
    for (const Entry& entry : buckets_[Index(bucket)].entries) peers.push_back(entry.contact->peer);
  }
  return peers;
}

bool RoutingTable::HasRoomFor(const std::string& group, const Bucket& bucket) const {
  if (group.empty()) return true;
  const auto in_table = groups_.find(group);
  if (in_table != groups_.end() && in_table->second >= options_.group_per_table_max) return false;
  const auto in_bucket =
      std::count_if(bucket.entries.begin(), bucket.entries.end(),
                    [&group](const Entry& entry) { return entry.contact->group == group; });
  return static_cast<size_t>(in_bucket) < options_.group_per_bucket_max;
}

void RoutingTable::Insert(Bucket& bucket, Entry entry) {
  const std::string& of = entry.contact->group;
  if (!of.empty()) ++groups_[of];
  if (const auto waiting = FindIn(bucket.waiting, entry.contact->key);
      waiting != bucket.waiting.end()) {
    bucket.waiting.erase(waiting);
  }
  deepest_ = std::max(deepest_, BucketOf(entry.contact->key) + 1);
  ++size_;
  bucket.entries.push_back(std::move(entry));
}

void RoutingTable::Erase(Bucket& bucket, Entries::iterator entry) {
  const std::string& of = entry->contact->group;
  if (!of.empty()) {
    const auto group = groups_.find(of);
    if (--group->second == 0) groups_.erase(group);
  }
  --size_;
  bucket.entries.erase(entry);
}

void RoutingTable::Wait(Bucket& bucket, Entry entry) {
  const auto known = FindIn(bucket.waiting, entry.contact->key);
  if (known != bucket.waiting.end()) bucket.waiting.erase(known);
  if (options_.replacements_max == 0) return;
  if (bucket.waiting.size() == options_.replacements_max) {
    bucket.waiting.erase(bucket.waiting.begin());
  }
  bucket.waiting.push_back(std::move(entry));
}

// The most recently seen of those that wait: the likeliest to be there still.
void RoutingTable::PromoteInto(Bucket& bucket) {
  while (!bucket.waiting.empty() && bucket.entries.size() < options_.k) {
    Entry entry = std::move(bucket.waiting.back());
    bucket.waiting.pop_back();
    if (!HasRoomFor(entry.contact->group, bucket)) continue;
    const auto place = std::find_if(
        bucket.entries.begin(), bucket.entries.end(),
        [&entry](const Entry& held) { return held.contact->seen > entry.contact->seen; });
    const size_t index = static_cast<size_t>(place - bucket.entries.begin());
    Insert(bucket, std::move(entry));
    std::rotate(bucket.entries.begin() + static_cast<std::ptrdiff_t>(index),
                bucket.entries.end() - 1, bucket.entries.end());
  }
}

}  // namespace rehearse::net
