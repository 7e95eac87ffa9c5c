#include "rehearse/net/libp2p/noise/noise_payload.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/codec/protobuf.h"

namespace rehearse::net {
namespace {

constexpr uint32_t kKeyField = 1;
constexpr uint32_t kSignatureField = 2;
constexpr uint32_t kExtensionsField = 4;
constexpr uint32_t kMuxersField = 2;  // of the extensions

std::string Signed(const X25519Public& fixed) {
  return absl::StrCat("noise-libp2p-static-key:", ViewOf(fixed));
}

absl::Status DecodeExtensions(absl::string_view bytes, std::vector<std::string>& muxers) {
  for (;;) {
    REHEARSE_ASSIGN_OR_RETURN(const std::optional<ProtobufField> field, TakeProtobufField(bytes));
    if (!field.has_value()) return absl::OkStatus();
    if (!field->IsBytes(kMuxersField)) continue;
    if (muxers.size() == NoisePayload::kMuxersMax) {
      return absl::DataLossError(
          absl::StrCat("noise payload: more than ", NoisePayload::kMuxersMax, " multiplexers"));
    }
    muxers.emplace_back(field->bytes);
  }
}

}  // namespace

NoisePayload NoisePayload::Make(const Identity& identity, const X25519Public& fixed,
                                std::vector<std::string> muxers) {
  return {identity.public_key().Encode(), identity.Sign(Signed(fixed)), std::move(muxers)};
}

std::string NoisePayload::Encode() const {
  std::string bytes;
  AppendProtobufBytes(kKeyField, identity_key, bytes);
  AppendProtobufBytes(kSignatureField, identity_signature, bytes);
  if (muxers.empty()) return bytes;
  std::string extensions;
  for (const std::string& muxer : muxers) AppendProtobufBytes(kMuxersField, muxer, extensions);
  AppendProtobufBytes(kExtensionsField, extensions, bytes);
  return bytes;
}

absl::StatusOr<NoisePayload> NoisePayload::Decode(absl::string_view bytes) {
  NoisePayload payload;
  for (;;) {
    REHEARSE_ASSIGN_OR_RETURN(const std::optional<ProtobufField> field, TakeProtobufField(bytes));
    if (!field.has_value()) return payload;
    if (field->IsBytes(kKeyField)) payload.identity_key = std::string(field->bytes);
    if (field->IsBytes(kSignatureField)) payload.identity_signature = std::string(field->bytes);
    if (field->IsBytes(kExtensionsField)) {
      REHEARSE_RETURN_IF_ERROR(DecodeExtensions(field->bytes, payload.muxers));
    }
  }
}

absl::StatusOr<PublicKey> NoisePayload::Verify(const X25519Public& fixed) const {
  REHEARSE_ASSIGN_OR_RETURN(PublicKey key, PublicKey::Decode(identity_key));
  const absl::Status verified = key.Verify(Signed(fixed), identity_signature);
  if (absl::IsUnimplemented(verified)) return verified;
  if (!verified.ok()) {
    return absl::PermissionDeniedError(
        absl::StrCat("the peer says that it is ", key.peer_id().ToString(),
                     " and has not proven it: ", verified.message()));
  }
  return key;
}

}  // namespace rehearse::net
