// The extension that makes an X.509 certificate a libp2p peer's: its key, and that key's signature.

#ifndef REHEARSE_NET_LIBP2P_TLS_CERTIFICATE_EXTENSION_H_
#define REHEARSE_NET_LIBP2P_TLS_CERTIFICATE_EXTENSION_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/identity/public_key.h"

namespace rehearse::net {

inline constexpr char kExtensionOid[] = "1.3.6.1.4.1.53594.1.1";

// For a certificate whose own key, as a DER SubjectPublicKeyInfo, is `certificate_key`.
std::string MakeExtension(const Identity& identity, absl::string_view certificate_key);

// The peer's key, if its owner has signed the certificate's.
//   kDataLoss          it is no such extension.
//   kPermissionDenied  the signature is another's.
//   kUnimplemented     signatures by such keys are not checked here.
absl::StatusOr<PublicKey> VerifyExtension(absl::string_view extension,
                                          absl::string_view certificate_key);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_TLS_CERTIFICATE_EXTENSION_H_
