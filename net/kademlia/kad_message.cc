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

void AppendPeer(uint32_t field, const KadPeer& peer, size_t addresses_max, std::string& out) {
  AppendUvarint(uint64_t{field} << 3 | 2, out);
  AppendUvarint(PeerBytes(peer, addresses_max), out);
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

// What both lists take, with so many addresses of each peer.
size_t PeersBytes(const KadMessage& message, size_t addresses_max) {
  size_t bytes = 0;
  for (const std::vector<KadPeer>* list : {&message.providers, &message.closer}) {
    for (const KadPeer& peer : *list) bytes += CountedBytes(PeerBytes(peer, addresses_max));
  }
  return bytes;
}

// Appends peers as long as they fit.
void AppendPeers(uint32_t field, const std::vector<KadPeer>& peers, size_t addresses_max,
                 std::string& out) {
  for (const KadPeer& peer : peers) {
    if (out.size() + CountedBytes(PeerBytes(peer, addresses_max)) > KadMessage::kWrittenBytesMax) {
      return;
    }
    AppendPeer(field, peer, addresses_max, out);
  }
}

// Nothing if it has no readable id: that peer alone is dropped.
absl::StatusOr<std::optional<KadPeer>> DecodePeer(absl::string_view bytes) {
  std::optional<KadPeer> peer;
  std::vector<std::string> addresses;
  for (;;) {
    REHEARSE_ASSIGN_OR_RETURN(const std::optional<ProtobufField> field, TakeProtobufField(bytes));
    if (!field.has_value()) break;
    if (field->IsBytes(peer_field::kId)) {
      absl::StatusOr<PeerId> id = PeerId::FromBytes(field->bytes);
      if (id.ok()) peer = KadPeer{*std::move(id), {}};
    } else if (field->IsBytes(peer_field::kAddress) &&
               field->bytes.size() <= KadMessage::kAddressBytesMax &&
               addresses.size() < KadMessage::kAddressesMax) {
      addresses.emplace_back(field->bytes);
    }
  }
  if (peer.has_value()) peer->addresses = std::move(addresses);
  return peer;
}

absl::Status TakePeer(absl::string_view bytes, std::vector<KadPeer>& peers) {
  if (peers.size() == KadMessage::kPeersMax) return absl::OkStatus();
  REHEARSE_ASSIGN_OR_RETURN(std::optional<KadPeer> peer, DecodePeer(bytes));
  if (peer.has_value()) peers.push_back(*std::move(peer));
  return absl::OkStatus();
}

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

absl::Status TakeField(const ProtobufField& field, KadMessage& message) {
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
    return TakePeer(field.bytes, message.closer);
  } else if (field.IsBytes(message_field::kProvider)) {
    return TakePeer(field.bytes, message.providers);
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

absl::StatusOr<std::string> KadMessage::Encode() const {
  std::string bytes;
  AppendProtobufNumber(message_field::kType, static_cast<uint64_t>(type), bytes);
  if (!key.empty()) AppendProtobufBytes(message_field::kKey, key, bytes);
  if (record.has_value()) AppendRecord(*record, bytes);
  if (bytes.size() > kWrittenBytesMax) {
    return absl::ResourceExhaustedError(
        absl::StrCat("kademlia ", NameOf(type), ": key and value take ", bytes.size(),
                     " bytes, a message may have ", kWrittenBytesMax, "; store less"));
  }
  size_t addresses_max = kAddressTries[0];
  for (const size_t tried : kAddressTries) {
    addresses_max = tried;
    if (bytes.size() + PeersBytes(*this, addresses_max) <= kWrittenBytesMax) break;
  }
  AppendPeers(message_field::kCloser, closer, addresses_max, bytes);
  AppendPeers(message_field::kProvider, providers, addresses_max, bytes);
  return bytes;
}

absl::StatusOr<KadMessage> KadMessage::Decode(absl::string_view bytes) {
  if (bytes.size() > kReadBytesMax) {
    return absl::DataLossError(
        absl::StrCat("kademlia: a message of ", bytes.size(), " bytes, at most ", kReadBytesMax));
  }
  KadMessage message{.type = KadType::kPutValue};  // what a missing type means
  for (;;) {
    REHEARSE_ASSIGN_OR_RETURN(const std::optional<ProtobufField> field, TakeProtobufField(bytes));
    if (!field.has_value()) return message;
    REHEARSE_RETURN_IF_ERROR(TakeField(*field, message));
  }
}

}  // namespace rehearse::net
