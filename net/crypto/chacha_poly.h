// Sealed messages by ChaCha20-Poly1305 (RFC 8439).

#ifndef REHEARSE_NET_CRYPTO_CHACHA_POLY_H_
#define REHEARSE_NET_CRYPTO_CHACHA_POLY_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "rehearse/net/crypto/secret.h"

namespace rehearse::net {

// What a sealed message is longer than its text.
inline constexpr size_t kSealBytes = 16;

// Appends `text`, sealed, to `out`. The nonce is `counter` as Noise writes it: four zero bytes,
// then little-endian. No two messages under a key may have the same. `text` does not lie in `out`.
void Seal(const Secret<32>& key, uint64_t counter, absl::string_view associated,
          absl::string_view text, std::string& out);

// Appends what was sealed to `out`. False if it was not sealed like that; then `out` is as before.
bool Open(const Secret<32>& key, uint64_t counter, absl::string_view associated,
          absl::string_view sealed, std::string& out);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CRYPTO_CHACHA_POLY_H_
