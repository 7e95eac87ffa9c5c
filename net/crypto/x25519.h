// Agreement on a secret by X25519 (RFC 7748).

#ifndef REHEARSE_NET_CRYPTO_X25519_H_
#define REHEARSE_NET_CRYPTO_X25519_H_

#include <optional>

#include "rehearse/net/crypto/bytes.h"
#include "rehearse/net/crypto/secret.h"

namespace rehearse::net {

using X25519Public = FixedBytes<32>;

class X25519KeyPair {
 public:
  // Any 32 bytes make a private key.
  explicit X25519KeyPair(const Secret<32>& private_key);

  const X25519Public& public_key() const { return public_key_; }

  // What the owner of the private key to `theirs` computes as well. Nothing if the result is zero
  // whatever our key is: then `theirs` was chosen to make it so.
  std::optional<Secret<32>> Agree(const X25519Public& theirs) const;

 private:
  Secret<32> private_key_;
  X25519Public public_key_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CRYPTO_X25519_H_
