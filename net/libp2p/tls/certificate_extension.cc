#include "rehearse/net/libp2p/tls/certificate_extension.h"

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/libp2p/tls/der.h"

namespace rehearse::net {
namespace {

std::string Signed(absl::string_view certificate_key) {
  return absl::StrCat("libp2p-tls-handshake:", certificate_key);
}

absl::Status NothingBehind(absl::string_view rest) {
  if (rest.empty()) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat("libp2p extension: ", rest.size(), " bytes behind its end"));
}

}  // namespace

std::string MakeExtension(const Identity& identity, absl::string_view certificate_key) {
  std::string parts;
  AppendDer(kDerOctetString, identity.public_key().Encode(), parts);
  AppendDer(kDerOctetString, identity.Sign(Signed(certificate_key)), parts);
  std::string extension;
  AppendDer(kDerSequence, parts, extension);
  return extension;
}

absl::StatusOr<PublicKey> VerifyExtension(absl::string_view extension,
                                          absl::string_view certificate_key) {
  REHEARSE_ASSIGN_OR_RETURN(const DerElement sequence, TakeDer(kDerSequence, extension));
  REHEARSE_RETURN_IF_ERROR(NothingBehind(extension));
  absl::string_view parts = sequence.content;
  REHEARSE_ASSIGN_OR_RETURN(const DerElement key_bytes, TakeDer(kDerOctetString, parts));
  REHEARSE_ASSIGN_OR_RETURN(const DerElement signature, TakeDer(kDerOctetString, parts));
  REHEARSE_RETURN_IF_ERROR(NothingBehind(parts));
  REHEARSE_ASSIGN_OR_RETURN(PublicKey key, PublicKey::Decode(key_bytes.content));
  const absl::Status verified = key.Verify(Signed(certificate_key), signature.content);
  if (absl::IsUnimplemented(verified)) return verified;
  if (!verified.ok()) {
    return absl::PermissionDeniedError(
        absl::StrCat("the certificate says that it is of ", key.peer_id().ToString(),
                     ", and that is not proven: ", verified.message()));
  }
  return key;
}

}  // namespace rehearse::net
