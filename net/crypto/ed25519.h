// Signatures by Ed25519 (RFC 8032).

#ifndef REHEARSE_NET_CRYPTO_ED25519_H_
#define REHEARSE_NET_CRYPTO_ED25519_H_

#include "absl/strings/string_view.h"
#include "rehearse/net/crypto/bytes.h"
#include "rehearse/net/crypto/secret.h"

namespace rehearse::net {

using Ed25519Public = FixedBytes<32>;
using Ed25519Signature = FixedBytes<64>;

class Ed25519KeyPair {
 public:
  // The pair is a function of its seed.
  explicit Ed25519KeyPair(const Secret<32>& seed);

  const Secret<32>& seed() const { return seed_; }
  const Ed25519Public& public_key() const { return public_key_; }
  Ed25519Signature Sign(absl::string_view message) const;

 private:
  Secret<32> seed_;
  Ed25519Public public_key_;
};

// Whether `signature`, of any length, is one over `message` by the owner of `key`. Keys and
// signatures of small order are refused.
bool VerifyEd25519(const Ed25519Public& key, absl::string_view message,
                   absl::string_view signature);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CRYPTO_ED25519_H_
