// SHA-256, and what is made of it: HMAC, and keys derived by HKDF (RFC 5869).

#ifndef REHEARSE_NET_CRYPTO_SHA256_H_
#define REHEARSE_NET_CRYPTO_SHA256_H_

#include <utility>

#include "absl/strings/string_view.h"
#include "rehearse/net/crypto/bytes.h"
#include "rehearse/net/crypto/secret.h"

namespace rehearse::net {

using Sha256Digest = FixedBytes<32>;

Sha256Digest Sha256(absl::string_view bytes);

// Of the two, one after the other.
Sha256Digest Sha256(absl::string_view first, absl::string_view second);

Secret<32> HmacSha256(absl::string_view key, absl::string_view bytes);

// The first 64 bytes of HKDF without info, as two keys.
std::pair<Secret<32>, Secret<32>> TwoKeysByHkdf(absl::string_view salt, absl::string_view input);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CRYPTO_SHA256_H_
