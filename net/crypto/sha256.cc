#include "rehearse/net/crypto/sha256.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include <algorithm>

#include "rehearse/net/crypto/sodium.h"

namespace rehearse::net {

// By the library that uses the processor's own instructions for it: 38 bytes, a peer id, take it
// 0.1 us, and libsodium's portable code 0.5, which was a seventh of what a large Kademlia computes.
Sha256Digest Sha256(absl::string_view bytes) {
  Sha256Digest digest;
  const int code = gnutls_hash_fast(GNUTLS_DIG_SHA256, bytes.data(), bytes.size(), digest.data());
  return code == 0 ? digest : Sha256(bytes, "");
}

Sha256Digest Sha256(absl::string_view first, absl::string_view second) {
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  crypto_hash_sha256_update(&state, DataOf(first), first.size());
  crypto_hash_sha256_update(&state, DataOf(second), second.size());
  Sha256Digest digest;
  crypto_hash_sha256_final(&state, digest.data());
  return digest;
}

Secret<32> HmacSha256(absl::string_view key, absl::string_view bytes) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, DataOf(key), key.size());
  crypto_auth_hmacsha256_update(&state, DataOf(bytes), bytes.size());
  Secret<32> code;
  crypto_auth_hmacsha256_final(&state, code.data());
  return code;
}

std::pair<Secret<32>, Secret<32>> TwoKeysByHkdf(absl::string_view salt, absl::string_view input) {
  const Secret<32> extracted = HmacSha256(salt, input);
  const Secret<32> first = HmacSha256(extracted.view(), "\x01");
  Secret<33> second_input;
  std::copy_n(first.data(), 32, second_input.data());
  second_input.data()[32] = 2;
  return {first, HmacSha256(extracted.view(), second_input.view())};
}

}  // namespace rehearse::net
