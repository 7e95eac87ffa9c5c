#include "rehearse/net/membership/gossip_records.h"

#include <algorithm>
#include <set>

#include "absl/strings/match.h"
#include "rehearse/net/crypto/sha256.h"

namespace rehearse::net {
namespace {

uint64_t HashOf(absl::string_view bytes) {
  const Sha256Digest digest = Sha256(bytes);
  uint64_t hash = 0;
  for (size_t i = 0; i < 8; ++i) hash = hash << 8 | digest[i];
  return hash;
}

absl::string_view OwnerOf(absl::string_view key) { return key.substr(GroupOf(key).size()); }

size_t BytesOf(const GossipFrame& frame) {
  size_t bytes = 0;
  for (const GossipRecord& record : frame.records) bytes += record.key.size() + record.value.size();
  return bytes;
}

}  // namespace

absl::string_view GroupOf(absl::string_view key) {
  const size_t at = key.rfind('/');
  return at == absl::string_view::npos ? absl::string_view() : key.substr(0, at + 1);
}

bool GossipRecords::Merge(const GossipRecord& record) {
  if (record.key.size() > kKeyBytesMax || record.value.size() > kValueBytesMax) {
    ++refused_;
    return false;
  }
  auto at = records_.find(record.key);
  if (at == records_.end()) {
    if (!HasRoomFor(record.key)) {
      ++refused_;
      return false;
    }
    ++per_owner_[std::string(OwnerOf(record.key))];
    at = records_.emplace(record.key, Held{}).first;
    at->second.key_hash = HashOf(record.key);
  } else if (at->second.value == record.value ||
             !rule_.Wins(record.key, record.value, at->second.value)) {
    return false;
  }
  at->second.value = record.value;
  at->second.value_hash = HashOf(record.value);
  rumours_.Add(record.key);
  return true;
}

bool GossipRecords::IsNews(const GossipRecord& record) const {
  const std::string* const held = Find(record.key);
  if (held == nullptr) return HasRoomFor(record.key);
  return *held != record.value && rule_.Wins(record.key, record.value, *held);
}

bool GossipRecords::HasRoomFor(absl::string_view key) const {
  if (records_.size() >= options_.records_max) return false;
  const auto of_owner = per_owner_.find(OwnerOf(key));
  return of_owner == per_owner_.end() || of_owner->second < options_.records_per_owner_max;
}

const std::string* GossipRecords::Find(absl::string_view key) const {
  const auto at = records_.find(key);
  return at == records_.end() ? nullptr : &at->second.value;
}

GossipRecords::Records GossipRecords::Under(absl::string_view prefix) const {
  Records under;
  for (auto at = records_.lower_bound(prefix); at != records_.end(); ++at) {
    if (!absl::StartsWith(at->first, prefix)) break;
    under.emplace_back(at->first, at->second.value);
  }
  return under;
}

void GossipRecords::Drop(absl::string_view key) {
  const auto at = records_.find(key);
  if (at == records_.end()) return;
  const auto of_owner = per_owner_.find(OwnerOf(key));
  if (--of_owner->second == 0) per_owner_.erase(of_owner);
  rumours_.Drop(at->first);
  records_.erase(at);
}

void GossipRecords::AddRumours(size_t members, GossipFrame& frame) {
  size_t bytes = BytesOf(frame);
  rumours_.Pick(members, [&](const std::string& key) {
    const std::string& value = records_.find(key)->second.value;
    if (bytes + key.size() + value.size() > options_.frame_bytes_max) return false;
    bytes += key.size() + value.size();
    frame.records.push_back({key, value});
    return true;
  });
}

void GossipRecords::AddGroups(const GossipFrame& claim, GossipFrame& answer) const {
  std::set<std::string> groups;
  for (const GossipRecord& record : claim.records) groups.emplace(GroupOf(record.key));
  for (const std::string& group : groups) {
    for (auto& [key, value] : Under(group)) {
      if (answer.records.size() >= options_.group_max) return;
      GossipRecord record{std::move(key), std::move(value)};
      const bool is_known =
          std::find(claim.records.begin(), claim.records.end(), record) != claim.records.end();
      if (!is_known) answer.records.push_back(std::move(record));
    }
  }
}

void GossipRecords::AddDigests(GossipFrame& sync) const {
  sync.digests.reserve(2 * records_.size());
  for (const auto& [key, held] : records_) {
    sync.digests.push_back(held.key_hash);
    sync.digests.push_back(held.value_hash);
  }
}

// Of a record that both have in different values each gets the other's: the rule says whose counts.
void GossipRecords::AddMissing(const GossipFrame& sync, GossipFrame& answer) const {
  std::map<uint64_t, uint64_t> theirs;
  for (size_t i = 0; i + 1 < sync.digests.size(); i += 2) {
    if (theirs.size() >= options_.records_max) break;
    theirs.emplace(sync.digests[i], sync.digests[i + 1]);
  }
  size_t bytes = 0;
  for (const auto& [key, held] : records_) {
    const auto at = theirs.find(held.key_hash);
    const bool is_same = at != theirs.end() && at->second == held.value_hash;
    if (at != theirs.end()) {
      if (!is_same) answer.wanted.push_back(held.key_hash);
      theirs.erase(at);
    }
    if (is_same || bytes > options_.sync_bytes_max) continue;
    bytes += key.size() + held.value.size();
    answer.records.push_back({key, held.value});
  }
  for (const auto& [key_hash, value_hash] : theirs) answer.wanted.push_back(key_hash);
}

void GossipRecords::AddWanted(const GossipFrame& answer, GossipFrame& frame) const {
  const std::set<uint64_t> wanted(answer.wanted.begin(), answer.wanted.end());
  size_t bytes = 0;
  for (const auto& [key, held] : records_) {
    if (!wanted.contains(held.key_hash) || bytes > options_.sync_bytes_max) continue;
    bytes += key.size() + held.value.size();
    frame.records.push_back({key, held.value});
  }
}

bool GossipRecords::IsFull(const GossipFrame& answer) const {
  return BytesOf(answer) > options_.sync_bytes_max;
}

}  // namespace rehearse::net
