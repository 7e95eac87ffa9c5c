#include "rehearse/net/identity/identity.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/codec/protobuf.h"

namespace rehearse::net {
namespace {

constexpr uint32_t kTypeField = 1;
constexpr uint32_t kDataField = 2;

constexpr size_t kKeyBytes = 32;

absl::Status NoKey(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("private key: ", what));
}

}  // namespace

Identity::Identity(const Secret<32>& seed)
    : pair_(seed),
      public_key_(KeyType::kEd25519, std::string(ViewOf(pair_.public_key()))),
      peer_id_(public_key_.peer_id()) {}

absl::StatusOr<Identity> Identity::DecodePrivateKey(absl::string_view bytes) {
  REHEARSE_ASSIGN_OR_RETURN(const std::optional<ProtobufField> type, TakeProtobufField(bytes));
  REHEARSE_ASSIGN_OR_RETURN(const std::optional<ProtobufField> data, TakeProtobufField(bytes));
  if (!type.has_value() || !type->IsNumber(kTypeField) || !data.has_value() ||
      !data->IsBytes(kDataField) || !bytes.empty()) {
    return NoKey("expected a type, then data, then nothing");
  }
  if (type->value != static_cast<uint64_t>(KeyType::kEd25519)) {
    return absl::UnimplementedError(
        absl::StrCat("private key: type ", type->value, "; Ed25519, 1, is what is known here"));
  }
  if (data->bytes.size() != 2 * kKeyBytes && data->bytes.size() != 3 * kKeyBytes) {
    return NoKey(absl::StrCat(data->bytes.size(), " bytes, not 64 or 96"));
  }
  Identity identity(Secret<32>(*FixedFrom<32>(data->bytes.substr(0, kKeyBytes))));
  for (size_t at = kKeyBytes; at < data->bytes.size(); at += kKeyBytes) {
    if (data->bytes.substr(at, kKeyBytes) != identity.public_key_.data()) {
      return NoKey("its public half does not belong to its private half");
    }
  }
  return identity;
}

std::string Identity::EncodePrivateKey() const {
  Secret<2 * kKeyBytes> data;
  std::copy_n(pair_.seed().data(), kKeyBytes, data.data());
  std::copy_n(pair_.public_key().data(), kKeyBytes, data.data() + kKeyBytes);
  std::string bytes;
  AppendProtobufNumber(kTypeField, static_cast<uint64_t>(KeyType::kEd25519), bytes);
  AppendProtobufBytes(kDataField, data.view(), bytes);
  return bytes;
}

std::string Identity::Sign(absl::string_view message) const {
  return std::string(ViewOf(pair_.Sign(message)));
}

}  // namespace rehearse::net
