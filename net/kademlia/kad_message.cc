#include "rehearse/net/kademlia/kad_message.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/codec/protobuf.h"
#include "rehearse/net/codec/uvarint.h"

namespace rehearse::net {
namespace {

namespace message_field {
constexpr uint32_t kType = 1;
constexpr uint32_t kKey = 2;
constexpr uint32_t kRecord = 3;
constexpr uint32_t kCloser = 8;
constexpr uint32_t kProvider = 9;
}  // namespace message_field

namespace peer_field {
constexpr uint32_t kId = 1;
constexpr uint32_t kAddress = 2;
}  // namespace peer_field

namespace record_field {
constexpr uint32_t kKey = 1;
constexpr uint32_t kValue = 2;
constexpr uint32_t kTtl = 777;
}  // namespace record_field

// How many addresses of each peer are written, at most, from the first try on.
constexpr size_t kAddressTries[] = {KadMessage::kAddressesMax, 8, 4, 2, 1};

size_t CountedBytes(size_t bytes) { return 1 + (bytes < 128 ? 1 : 2) + bytes; }

size_t PeerBytes(const KadPeer& peer, size_t addresses_max) {
  size_t bytes = CountedBytes(peer.id.bytes().size());
  for (size_t i = 0; i < std::min(addresses_max, peer.addresses.size()); ++i) {
    bytes += CountedBytes(peer.addresses[i].size());
  }
  return bytes;
}

// `peer_bytes` is what PeerBytes says of it.
void AppendPeer(uint32_t field, const KadPeer& peer, size_t peer_bytes, size_t addresses_max,
                std::string& out) {
  AppendUvarint(uint64_t{field} << 3 | 2, out);
  AppendUvarint(peer_bytes, out);
  AppendProtobufBytes(peer_field::kId, peer.id.bytes(), out);
  for (size_t i = 0; i < std::min(addresses_max, peer.addresses.size()); ++i) {
    AppendProtobufBytes(peer_field::kAddress, peer.addresses[i], out);
  }
}

void AppendRecord(const KadRecord& record, std::string& out) {
  std::string bytes;
  AppendProtobufBytes(record_field::kKey, record.key, bytes);
  AppendProtobufBytes(record_field::kValue, record.value, bytes);
  if (record.ttl_seconds != 0) AppendProtobufNumber(record_field::kTtl, record.ttl_seconds, bytes);
  AppendProtobufBytes(message_field::kRecord, bytes, out);
}

// The peers of a message, in the order in which they are written: pairs of field and peer.
template <typename Visit>
void VisitPeers(const KadMessage& message, absl::Span<const KadPeer* const> more_closer,
                Visit visit) {
  for (const KadPeer& peer : message.closer) visit(message_field::kCloser, peer);
  for (const KadPeer* peer : more_closer) visit(message_field::kCloser, *peer);
  for (const KadPeer& peer : message.providers) visit(message_field::kProvider, peer);
}

// What they take with so many addresses of each.
size_t PeersBytes(const KadMessage& message, absl::Span<const KadPeer* const> more_closer,
                  size_t addresses_max) {
  size_t bytes = 0;
  VisitPeers(message, more_closer, [&](uint32_t, const KadPeer& peer) {
    bytes += CountedBytes(PeerBytes(peer, addresses_max));
  });
  return bytes;
}

// Nothing if it has no readable id, or is not wanted: that peer alone is dropped.
absl::StatusOr<std::optional<KadPeer>> DecodePeer(absl::string_view bytes,
                                                  KadMessage::Wanted wanted) {
  std::optional<PeerId> id;
  std::vector<std::string> addresses;
  for (;;) {
    REHEARSE_ASSIGN_OR_RETURN(const std::optional<ProtobufField> field, TakeProtobufField(bytes));
    if (!field.has_value()) break;
    if (field->IsBytes(peer_field::kId)) {
      const absl::StatusOr<PeerId> read = PeerId::FromBytes(field->bytes);
      if (!read.ok() || !wanted(*read)) return std::nullopt;
      id = *read;
    } else if (field->IsBytes(peer_field::kAddress) &&
               field->bytes.size() <= KadMessage::kAddressBytesMax &&
               addresses.size() < KadMessage::kAddressesMax) {
      addresses.emplace_back(field->bytes);
    }
  }
  if (!id.has_value()) return std::nullopt;
  return KadPeer{*id, std::move(addresses)};
}

absl::Status TakePeer(absl::string_view bytes, KadMessage::Wanted wanted,
                      std::vector<KadPeer>& peers) {
  if (peers.size() == KadMessage::kPeersMax) return absl::OkStatus();
  REHEARSE_ASSIGN_OR_RETURN(std::optional<KadPeer> peer, DecodePeer(bytes, wanted));
  if (peer.has_value()) peers.push_back(*std::move(peer));
  return absl::OkStatus();
}

bool Any(const PeerId&) { return true; }

absl::StatusOr<KadRecord> DecodeRecord(absl::string_view bytes) {
  KadRecord record;
  for (;;) {
    REHEARSE_ASSIGN_OR_RETURN(const std::optional<ProtobufField> field, TakeProtobufField(bytes));
    if (!field.has_value()) return record;
    if (field->IsBytes(record_field::kKey)) record.key = std::string(field->bytes);
    if (field->IsBytes(record_field::kValue)) record.value = std::string(field->bytes);
    if (field->IsNumber(record_field::kTtl)) {
      record.ttl_seconds = static_cast<uint32_t>(std::min<uint64_t>(field->value, UINT32_MAX));
    }
  }
}

absl::Status TakeField(const ProtobufField& field, KadMessage::Wanted wanted, KadMessage& message) {
  if (field.IsNumber(message_field::kType)) {
    if (field.value > static_cast<uint64_t>(KadType::kPing)) {
      return absl::DataLossError(absl::StrCat("kademlia: no message has type ", field.value));
    }
    message.type = static_cast<KadType>(field.value);
  } else if (field.IsBytes(message_field::kKey)) {
    message.key = std::string(field.bytes);
  } else if (field.IsBytes(message_field::kRecord)) {
    REHEARSE_ASSIGN_OR_RETURN(message.record, DecodeRecord(field.bytes));
  } else if (field.IsBytes(message_field::kCloser)) {
    return TakePeer(field.bytes, wanted, message.closer);
  } else if (field.IsBytes(message_field::kProvider)) {
    return TakePeer(field.bytes, Any, message.providers);
  }
  return absl::OkStatus();
}

}  // namespace

absl::string_view NameOf(KadType type) {
  switch (type) {
    case KadType::kPutValue: return "PUT_VALUE";
    case KadType::kGetValue: return "GET_VALUE";
    case KadType::kAddProvider: return "ADD_PROVIDER";
    case KadType::kGetProviders: return "GET_PROVIDERS";
    case KadType::kFindNode: return "FIND_NODE";
    case KadType::kPing: return "PING";
  }
  return "?";
}

absl::StatusOr<std::string> KadMessage::Encode(absl::Span<const KadPeer* const> more_closer) const {
  std::string bytes;
  AppendProtobufNumber(message_field::kType, static_cast<uint64_t>(type), bytes);
  if (!key.empty()) AppendProtobufBytes(message_field::kKey, key, bytes);
  if (record.has_value()) AppendRecord(*record, bytes);
  if (bytes.size() > kWrittenBytesMax) {
    return absl::ResourceExhaustedError(
        absl::StrCat("kademlia ", NameOf(type), ": key and value take ", bytes.size(),
                     " bytes, a message may have ", kWrittenBytesMax, "; store less"));
  }
  size_t addresses_max = 0;
  size_t peers_bytes = 0;
  for (const size_t tried : kAddressTries) {
    addresses_max = tried;
    peers_bytes = PeersBytes(*this, more_closer, addresses_max);
    if (bytes.size() + peers_bytes <= kWrittenBytesMax) break;
  }
  bytes.reserve(std::min(bytes.size() + peers_bytes, kWrittenBytesMax));
  bool full = false;  // from the first on that does not fit
  VisitPeers(*this, more_closer, [&](uint32_t field, const KadPeer& peer) {
    const size_t peer_bytes = PeerBytes(peer, addresses_max);
    full = full || bytes.size() + CountedBytes(peer_bytes) > kWrittenBytesMax;
    if (!full) AppendPeer(field, peer, peer_bytes, addresses_max, bytes);
  });
  return bytes;
}

absl::StatusOr<KadMessage> KadMessage::Decode(absl::string_view bytes) {
  return Decode(bytes, Any);
}

absl::StatusOr<KadMessage> KadMessage::Decode(absl::string_view bytes, Wanted wanted) {
  if (bytes.size() > kReadBytesMax) {
    return absl::DataLossError(
        absl::StrCat("kademlia: a message of ", bytes.size(), " bytes, at most ", kReadBytesMax));
  }
  KadMessage message{.type = KadType::kPutValue};  // what a missing type means
  for (;;) {
    REHEARSE_ASSIGN_OR_RETURN(const std::optional<ProtobufField> field, TakeProtobufField(bytes));
    if (!field.has_value()) return message;
    REHEARSE_RETURN_IF_ERROR(TakeField(*field, wanted, message));
  }
}

}  // namespace rehearse::net
