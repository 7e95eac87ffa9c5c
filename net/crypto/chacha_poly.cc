#include "rehearse/net/crypto/chacha_poly.h"

#include "rehearse/net/crypto/sodium.h"

namespace rehearse::net {
namespace {

static_assert(kSealBytes == crypto_aead_chacha20poly1305_ietf_ABYTES);

using Nonce = FixedBytes<crypto_aead_chacha20poly1305_ietf_NPUBBYTES>;

Nonce NonceOf(uint64_t counter) {
  Nonce nonce{};
  for (size_t i = 0; i < 8; ++i) nonce[4 + i] = static_cast<uint8_t>(counter >> (8 * i));
  return nonce;
}

uint8_t* End(std::string& out, size_t bytes) {
  return reinterpret_cast<uint8_t*>(out.data() + out.size() - bytes);
}

}  // namespace

void Seal(const Secret<32>& key, uint64_t counter, absl::string_view associated,
          absl::string_view text, std::string& out) {
  const size_t bytes = text.size() + kSealBytes;
  out.resize(out.size() + bytes);
  crypto_aead_chacha20poly1305_ietf_encrypt(End(out, bytes), nullptr, DataOf(text), text.size(),
                                            DataOf(associated), associated.size(), nullptr,
                                            NonceOf(counter).data(), key.data());
}

bool Open(const Secret<32>& key, uint64_t counter, absl::string_view associated,
          absl::string_view sealed, std::string& out) {
  if (sealed.size() < kSealBytes) return false;
  const size_t bytes = sealed.size() - kSealBytes;
  out.resize(out.size() + bytes);
  const int result = crypto_aead_chacha20poly1305_ietf_decrypt(
      End(out, bytes), nullptr, nullptr, DataOf(sealed), sealed.size(), DataOf(associated),
      associated.size(), NonceOf(counter).data(), key.data());
  if (result != 0) out.resize(out.size() - bytes);
  return result == 0;
}

}  // namespace rehearse::net
