#include "rehearse/net/crypto/ed25519.h"

#include "rehearse/net/crypto/sodium.h"

namespace rehearse::net {
namespace {

// The library's private key: the seed, then the public key.
Secret<crypto_sign_SECRETKEYBYTES> Expand(const Secret<32>& seed, Ed25519Public& public_key) {
  Secret<crypto_sign_SECRETKEYBYTES> expanded;
  crypto_sign_seed_keypair(public_key.data(), expanded.data(), seed.data());
  return expanded;
}

}  // namespace

Ed25519KeyPair::Ed25519KeyPair(const Secret<32>& seed) : seed_(seed) { Expand(seed_, public_key_); }

Ed25519Signature Ed25519KeyPair::Sign(absl::string_view message) const {
  Ed25519Public public_key;
  const Secret<crypto_sign_SECRETKEYBYTES> expanded = Expand(seed_, public_key);
  Ed25519Signature signature;
  crypto_sign_detached(signature.data(), nullptr, DataOf(message), message.size(), expanded.data());
  return signature;
}

bool VerifyEd25519(const Ed25519Public& key, absl::string_view message,
                   absl::string_view signature) {
  return signature.size() == crypto_sign_BYTES &&
         crypto_sign_verify_detached(DataOf(signature), DataOf(message), message.size(),
                                     key.data()) == 0;
}

}  // namespace rehearse::net
