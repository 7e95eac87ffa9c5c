#include "rehearse/net/kademlia/signed_record.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/codec/protobuf.h"
#include "rehearse/net/codec/uvarint.h"
#include "rehearse/net/identity/signed_envelope.h"

namespace rehearse::net {
namespace {

constexpr EnvelopePurpose kPurpose = {"rehearse-signed-record", "/rehearse/record/1"};

namespace payload_field {
constexpr uint32_t kKey = 1;
constexpr uint32_t kSequence = 2;
constexpr uint32_t kExpires = 3;  // seconds since 1970
constexpr uint32_t kData = 4;
}  // namespace payload_field

absl::Status Refused(absl::string_view key, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("record \"", absl::CHexEscape(key.substr(0, 128)), "\": ", why));
}

absl::StatusOr<SignedRecord> OpenPayload(absl::string_view bytes) {
  SignedRecord record;
  for (;;) {
    REHEARSE_ASSIGN_OR_RETURN(const std::optional<ProtobufField> field, TakeProtobufField(bytes));
    if (!field.has_value()) return record;
    if (field->IsBytes(payload_field::kKey)) record.key = std::string(field->bytes);
    if (field->IsNumber(payload_field::kSequence)) record.sequence = field->value;
    if (field->IsNumber(payload_field::kExpires)) {
      record.expires = absl::FromUnixSeconds(static_cast<int64_t>(field->value));
    }
    if (field->IsBytes(payload_field::kData)) record.data = std::string(field->bytes);
  }
}

// The peer that `key` ends with.
absl::StatusOr<PeerId> OwnerOf(absl::string_view key) {
  const size_t slash = key.rfind('/');
  if (slash == absl::string_view::npos || slash == 0) {
    return Refused(key, "no owner; such a key is /namespace/name/peer-id");
  }
  return PeerId::Parse(key.substr(slash + 1));
}

}  // namespace

std::string SignedRecord::KeyFor(absl::string_view name_space, absl::string_view name,
                                 const PeerId& owner) {
  return absl::StrCat("/", name_space, "/", name, "/", owner.ToString());
}

std::string SignedRecord::Sign(const Identity& owner) const {
  std::string payload;
  AppendProtobufBytes(payload_field::kKey, key, payload);
  AppendProtobufNumber(payload_field::kSequence, std::min(sequence, kUvarintMax), payload);
  AppendProtobufNumber(payload_field::kExpires,
                       static_cast<uint64_t>(std::max<int64_t>(absl::ToUnixSeconds(expires), 0)),
                       payload);
  AppendProtobufBytes(payload_field::kData, data, payload);
  return SignedEnvelope::Seal(kPurpose, payload, owner);
}

absl::StatusOr<SignedRecord> SignedRecord::Open(absl::string_view key, absl::string_view value) {
  const absl::StatusOr<PeerId> owner = OwnerOf(key);
  if (!owner.ok()) return Refused(key, owner.status().message());
  const absl::StatusOr<SignedEnvelope> envelope = SignedEnvelope::Open(kPurpose, value);
  if (!envelope.ok()) return Refused(key, envelope.status().message());
  const PeerId signer = envelope->signer.peer_id();
  if (signer != *owner) {
    return Refused(key, absl::StrCat("signed by ", signer.ToString(), ", who does not own it"));
  }
  absl::StatusOr<SignedRecord> record = OpenPayload(envelope->payload);
  if (!record.ok()) return Refused(key, record.status().message());
  if (record->key != key) return Refused(key, "its value was signed for another key");
  return record;
}

absl::Status SignedRecordValidator::Validate(absl::string_view key, absl::string_view value) const {
  if (value.size() > options_.value_bytes_max) {
    return Refused(key, absl::StrCat("a value of ", value.size(), " bytes, it may have ",
                                     options_.value_bytes_max));
  }
  REHEARSE_ASSIGN_OR_RETURN(const SignedRecord record, SignedRecord::Open(key, value));
  REHEARSE_ASSIGN_OR_RETURN(const absl::Time now, clock_.WallTime());
  if (record.expires <= now) {
    return absl::FailedPreconditionError(
        absl::StrCat("record \"", absl::CHexEscape(key.substr(0, 128)), "\": expired ",
                     absl::FormatDuration(now - record.expires), " ago; its owner signs another"));
  }
  if (record.expires > now + options_.lifetime_max) {
    return Refused(
        key, absl::StrCat("expires in ", absl::FormatDuration(record.expires - now), ", at most ",
                          absl::FormatDuration(options_.lifetime_max), " is taken"));
  }
  return absl::OkStatus();
}

bool SignedRecordValidator::Wins(absl::string_view key, absl::string_view value,
                                 absl::string_view held) const {
  const absl::StatusOr<SignedRecord> newer = SignedRecord::Open(key, value);
  const absl::StatusOr<SignedRecord> older = SignedRecord::Open(key, held);
  if (!newer.ok() || !older.ok()) return newer.ok();
  if (newer->sequence != older->sequence) return newer->sequence > older->sequence;
  return value > held;
}

}  // namespace rehearse::net
