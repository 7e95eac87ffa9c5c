#include "rehearse/net/kademlia/record_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"

namespace rehearse::net {
namespace {

// What an entry takes besides its bytes, about.
constexpr size_t kEntryBytes = 128;

size_t BytesOf(absl::string_view key, absl::string_view value) {
  return kEntryBytes + key.size() + value.size();
}

size_t BytesOf(absl::string_view key, const KadPeer& provider) {
  size_t bytes = kEntryBytes + key.size() + provider.id.bytes().size();
  for (const std::string& address : provider.addresses) bytes += address.size();
  return bytes;
}

std::string Shown(absl::string_view key) {
  return absl::StrCat("\"", absl::CHexEscape(key.substr(0, 64)), "\"");
}

uint32_t SecondsLeft(Instant expires, Instant now) {
  const int64_t seconds = absl::ToInt64Seconds(expires - now);
  return static_cast<uint32_t>(std::clamp<int64_t>(seconds, 1, UINT32_MAX));
}

}  // namespace

absl::Status RecordStore::CheckRecord(const KadRecord& record) const {
  if (record.key.size() > options_.key_bytes_max) {
    return absl::InvalidArgumentError(absl::StrCat("store ", Shown(record.key), ": a key of ",
                                                   record.key.size(), " bytes, it may have ",
                                                   options_.key_bytes_max));
  }
  if (record.value.size() > options_.value_bytes_max) {
    return absl::InvalidArgumentError(absl::StrCat("store ", Shown(record.key), ": a value of ",
                                                   record.value.size(), " bytes, it may have ",
                                                   options_.value_bytes_max));
  }
  return validators_.Validate(record.key, record.value);
}

absl::Status RecordStore::PutValue(const PeerId& from, const KadRecord& record, Instant now) {
  REHEARSE_RETURN_IF_ERROR(CheckRecord(record));
  absl::Duration lifetime = options_.value_lifetime;
  if (record.ttl_seconds != 0) lifetime = std::min(lifetime, absl::Seconds(record.ttl_seconds));
  const XorDistance distance = DistanceOf(record.key);
  const auto held = values_.find(distance);
  if (held != values_.end() && held->second.expires > now) {
    HeldValue& value = held->second;
    if (value.value == record.value) {
      value.stored = now;
      value.expires = std::max(value.expires, now + lifetime);
      return absl::OkStatus();
    }
    if (!validators_.Wins(record.key, record.value, value.value)) {
      return absl::AlreadyExistsError(
          absl::StrCat("store ", Shown(record.key), ": a newer value is held; get that one first"));
    }
  }
  if (held != values_.end()) Drop(held);
  const size_t bytes = BytesOf(record.key, record.value);
  REHEARSE_RETURN_IF_ERROR(MakeRoom(from, distance, bytes));
  Charge(from, bytes);
  values_.emplace(distance, HeldValue{.key = record.key,
                                      .value = record.value,
                                      .from = from,
                                      .stored = now,
                                      .expires = now + lifetime});
  return absl::OkStatus();
}

std::optional<KadRecord> RecordStore::Value(absl::string_view key, Instant now) const {
  const auto held = values_.find(DistanceOf(key));
  if (held == values_.end() || held->second.expires <= now) return std::nullopt;
  return KadRecord{.key = held->second.key,
                   .value = held->second.value,
                   .ttl_seconds = SecondsLeft(held->second.expires, now)};
}

absl::Status RecordStore::AddProvider(absl::string_view key, const KadPeer& provider, Instant now) {
  if (key.empty() || key.size() > options_.provider_key_bytes_max) {
    return absl::InvalidArgumentError(absl::StrCat("provide ", Shown(key), ": a key of ",
                                                   key.size(), " bytes, it may have 1 to ",
                                                   options_.provider_key_bytes_max));
  }
  const XorDistance distance = DistanceOf(key);
  if (const auto found = providers_.find(distance); found != providers_.end()) {
    HeldProviders& held = found->second;
    for (size_t i = 0; i < held.providers.size(); ++i) {
      if (held.providers[i].peer.id == provider.id) {
        DropProvider(held, i);
        break;
      }
    }
    // The oldest gives way, whoever it is: nobody can choose an id that pushes others out for good.
    if (held.providers.size() >= options_.providers_per_key_max) DropProvider(held, 0);
    if (held.providers.empty()) providers_.erase(found);
  }
  const size_t bytes = BytesOf(key, provider);
  REHEARSE_RETURN_IF_ERROR(MakeRoom(provider.id, distance, bytes));
  Charge(provider.id, bytes);
  HeldProviders& held = providers_[distance];
  if (held.key.empty()) held.key = std::string(key);
  held.providers.push_back({provider, now + options_.provider_lifetime});
  return absl::OkStatus();
}

std::vector<KadPeer> RecordStore::Providers(absl::string_view key, Instant now) const {
  std::vector<KadPeer> peers;
  const auto found = providers_.find(DistanceOf(key));
  if (found == providers_.end()) return peers;
  for (const HeldProvider& provider : found->second.providers) {
    if (provider.expires > now) peers.push_back(provider.peer);
  }
  return peers;
}

void RecordStore::DropExpired(Instant now) {
  for (auto value = values_.begin(); value != values_.end();) {
    value = value->second.expires <= now ? Drop(value) : std::next(value);
  }
  for (auto list = providers_.begin(); list != providers_.end();) {
    HeldProviders& held = list->second;
    for (size_t i = held.providers.size(); i-- > 0;) {
      if (held.providers[i].expires <= now) DropProvider(held, i);
    }
    list = held.providers.empty() ? providers_.erase(list) : std::next(list);
  }
}

std::vector<KadRecord> RecordStore::NotStoredSince(Instant before, Instant now) const {
  std::vector<KadRecord> records;
  for (const auto& [distance, held] : values_) {
    if (held.stored < before && held.expires > now) {
      records.push_back(
          {.key = held.key, .value = held.value, .ttl_seconds = SecondsLeft(held.expires, now)});
    }
  }
  return records;
}

absl::Status RecordStore::MakeRoom(const PeerId& from, const XorDistance& distance, size_t bytes) {
  if (const auto used = usage_.find(from); used != usage_.end()) {
    if (used->second.keys >= options_.keys_per_peer_max ||
        used->second.bytes + bytes > options_.bytes_per_peer_max) {
      return absl::ResourceExhaustedError(
          absl::StrCat("store for ", from.ToString(), ": it has ", used->second.keys, " keys and ",
                       used->second.bytes, " bytes here, which is what one peer may have"));
    }
  }
  while (entries_ + 1 > options_.keys_max || bytes_ + bytes > options_.bytes_max) {
    const bool nearer_than_any = (values_.empty() || values_.rbegin()->first <= distance) &&
                                 (providers_.empty() || providers_.rbegin()->first <= distance);
    if (nearer_than_any) {
      return absl::ResourceExhaustedError(absl::StrCat(
          "store: full, with ", entries_, " entries of ", bytes_, " bytes, all nearer than this"));
    }
    DropFarthest();
  }
  return absl::OkStatus();
}

void RecordStore::DropFarthest() {
  const bool value = !values_.empty() &&
                     (providers_.empty() || values_.rbegin()->first > providers_.rbegin()->first);
  if (value) {
    Drop(std::prev(values_.end()));
    return;
  }
  const auto list = std::prev(providers_.end());
  while (!list->second.providers.empty()) DropProvider(list->second, 0);
  providers_.erase(list);
}

void RecordStore::Charge(const PeerId& peer, size_t bytes) {
  Usage& usage = usage_[peer];
  ++usage.keys;
  usage.bytes += bytes;
  ++entries_;
  bytes_ += bytes;
}

void RecordStore::Refund(const PeerId& peer, size_t bytes) {
  const auto usage = usage_.find(peer);
  --entries_;
  bytes_ -= bytes;
  usage->second.bytes -= bytes;
  if (--usage->second.keys == 0) usage_.erase(usage);
}

RecordStore::Values::iterator RecordStore::Drop(Values::iterator value) {
  Refund(value->second.from, BytesOf(value->second.key, value->second.value));
  return values_.erase(value);
}

void RecordStore::DropProvider(HeldProviders& held, size_t index) {
  Refund(held.providers[index].peer.id, BytesOf(held.key, held.providers[index].peer));
  held.providers.erase(held.providers.begin() + static_cast<std::ptrdiff_t>(index));
}

}  // namespace rehearse::net
