// Checking of ECDSA signatures over P-256, for peers that have such keys. Ours are Ed25519.

#ifndef REHEARSE_NET_CRYPTO_ECDSA_H_
#define REHEARSE_NET_CRYPTO_ECDSA_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace rehearse::net {

// Whether `signature` (DER) is one over the SHA-256 of `message` by the owner of `key` (a DER
// SubjectPublicKeyInfo).
//   kDataLoss  the key is none, or not on P-256; or the signature is not the owner's.
absl::Status VerifyEcdsaP256(absl::string_view key, absl::string_view message,
                             absl::string_view signature);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CRYPTO_ECDSA_H_
