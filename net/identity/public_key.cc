#include "rehearse/net/identity/public_key.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/codec/protobuf.h"
#include "rehearse/net/codec/uvarint.h"
#include "rehearse/net/crypto/ecdsa.h"
#include "rehearse/net/crypto/ed25519.h"
#include "rehearse/net/crypto/sha256.h"

namespace rehearse::net {
namespace {

constexpr uint32_t kTypeField = 1;
constexpr uint32_t kDataField = 2;

absl::Status NoKey(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("public key: ", what));
}

absl::Status CheckData(KeyType type, absl::string_view data) {
  constexpr size_t kEd25519Bytes = 32;
  constexpr size_t kSecp256k1Bytes = 33;
  const size_t expected = type == KeyType::kEd25519     ? kEd25519Bytes
                          : type == KeyType::kSecp256k1 ? kSecp256k1Bytes
                                                        : data.size();
  if (data.size() == expected && !data.empty()) return absl::OkStatus();
  return NoKey(absl::StrCat("an ", NameOf(type), " key of ", data.size(), " bytes"));
}

}  // namespace

absl::string_view NameOf(KeyType type) {
  switch (type) {
    case KeyType::kRsa: return "RSA";
    case KeyType::kEd25519: return "Ed25519";
    case KeyType::kSecp256k1: return "secp256k1";
    case KeyType::kEcdsa: return "ECDSA";
  }
  return "unknown";
}

absl::StatusOr<PublicKey> PublicKey::Decode(absl::string_view bytes) {
  if (bytes.size() > kPublicKeyBytesMax) {
    return NoKey(absl::StrCat(bytes.size(), " bytes, the limit is ", kPublicKeyBytesMax));
  }
  absl::string_view rest = bytes;
  REHEARSE_ASSIGN_OR_RETURN(const std::optional<ProtobufField> type, TakeProtobufField(rest));
  REHEARSE_ASSIGN_OR_RETURN(const std::optional<ProtobufField> data, TakeProtobufField(rest));
  if (!type.has_value() || !type->IsNumber(kTypeField) || !data.has_value() ||
      !data->IsBytes(kDataField) || !rest.empty()) {
    return NoKey("expected a type, then data, then nothing");
  }
  if (type->value > static_cast<uint64_t>(KeyType::kEcdsa)) {
    return NoKey(absl::StrCat("unknown type ", type->value));
  }
  const auto key_type = static_cast<KeyType>(type->value);
  REHEARSE_RETURN_IF_ERROR(CheckData(key_type, data->bytes));
  return PublicKey(key_type, std::string(data->bytes));
}

absl::StatusOr<PublicKey> PublicKey::FromPeerId(const PeerId& id) {
  absl::string_view rest = id.bytes();
  REHEARSE_ASSIGN_OR_RETURN(const uint64_t code, TakeWholeUvarint(rest));
  if (code != PeerId::kInlineCode) {
    return absl::NotFoundError(absl::StrCat("peer id ", id.ToString(), ": it holds no key"));
  }
  REHEARSE_ASSIGN_OR_RETURN(const absl::string_view key, TakeCounted(rest));
  return Decode(key);
}

PeerId PublicKey::peer_id() const {
  const std::string key = Encode();
  std::string bytes;
  if (key.size() <= PeerId::kInlineKeyBytesMax) {
    AppendUvarint(PeerId::kInlineCode, bytes);
    AppendCounted(key, bytes);
  } else {
    AppendUvarint(PeerId::kSha256Code, bytes);
    AppendCounted(ViewOf(Sha256(key)), bytes);
  }
  return *PeerId::FromBytes(bytes);
}

std::string PublicKey::Encode() const {
  std::string bytes;
  AppendProtobufNumber(kTypeField, static_cast<uint64_t>(type_), bytes);
  AppendProtobufBytes(kDataField, data_, bytes);
  return bytes;
}

absl::Status PublicKey::Verify(absl::string_view message, absl::string_view signature) const {
  if (type_ == KeyType::kEcdsa) return VerifyEcdsaP256(data_, message, signature);
  if (type_ != KeyType::kEd25519) {
    return absl::UnimplementedError(
        absl::StrCat("signatures by ", NameOf(type_), " keys are not checked here"));
  }
  const std::optional<Ed25519Public> key = FixedFrom<32>(data_);
  if (!key.has_value()) return NoKey("an Ed25519 key that is not 32 bytes");
  if (VerifyEd25519(*key, message, signature)) return absl::OkStatus();
  return absl::DataLossError("Ed25519 signature: it is not by the owner of the key");
}

}  // namespace rehearse::net
