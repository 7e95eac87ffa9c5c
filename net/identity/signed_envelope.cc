#include "rehearse/net/identity/signed_envelope.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/codec/protobuf.h"
#include "rehearse/net/codec/uvarint.h"

namespace rehearse::net {
namespace {

constexpr uint32_t kPublicKey = 1;
constexpr uint32_t kPayloadType = 2;
constexpr uint32_t kPayload = 3;
constexpr uint32_t kSignature = 5;

struct Parts {
  absl::string_view public_key;
  absl::string_view payload_type;
  absl::string_view payload;
  absl::string_view signature;
};

std::string SignedText(const EnvelopePurpose& purpose, absl::string_view payload) {
  std::string text;
  AppendCounted(purpose.domain, text);
  AppendCounted(purpose.payload_type, text);
  AppendCounted(payload, text);
  return text;
}

std::string BytesOf(const Parts& parts) {
  std::string bytes;
  AppendProtobufBytes(kPublicKey, parts.public_key, bytes);
  AppendProtobufBytes(kPayloadType, parts.payload_type, bytes);
  AppendProtobufBytes(kPayload, parts.payload, bytes);
  AppendProtobufBytes(kSignature, parts.signature, bytes);
  return bytes;
}

absl::StatusOr<Parts> PartsOf(absl::string_view bytes) {
  Parts parts;
  for (absl::string_view left = bytes;;) {
    REHEARSE_ASSIGN_OR_RETURN(const std::optional<ProtobufField> field, TakeProtobufField(left));
    if (!field.has_value()) break;
    if (field->IsBytes(kPublicKey)) parts.public_key = field->bytes;
    if (field->IsBytes(kPayloadType)) parts.payload_type = field->bytes;
    if (field->IsBytes(kPayload)) parts.payload = field->bytes;
    if (field->IsBytes(kSignature)) parts.signature = field->bytes;
  }
  if (BytesOf(parts) != bytes) return absl::InvalidArgumentError("it is not in its one form");
  return parts;
}

absl::Status Refused(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("signed envelope: ", why));
}

}  // namespace

std::string SignedEnvelope::Seal(const EnvelopePurpose& purpose, absl::string_view payload,
                                 const Identity& signer) {
  const std::string public_key = signer.public_key().Encode();
  const std::string signature = signer.Sign(SignedText(purpose, payload));
  return BytesOf({public_key, purpose.payload_type, payload, signature});
}

absl::StatusOr<SignedEnvelope> SignedEnvelope::Open(const EnvelopePurpose& purpose,
                                                    absl::string_view bytes) {
  const absl::StatusOr<Parts> parts = PartsOf(bytes);
  if (!parts.ok()) return Refused(parts.status().message());
  if (parts->payload_type != purpose.payload_type) {
    return Refused(absl::StrCat("it is no ", purpose.payload_type));
  }
  absl::StatusOr<PublicKey> signer = PublicKey::Decode(parts->public_key);
  if (!signer.ok()) return Refused(signer.status().message());
  const absl::Status verified =
      signer->Verify(SignedText(purpose, parts->payload), parts->signature);
  if (!verified.ok()) return Refused(verified.message());
  return SignedEnvelope{*std::move(signer), parts->payload};
}

}  // namespace rehearse::net
