// Bytes that nobody else may learn: they are overwritten when they go.

#ifndef REHEARSE_NET_CRYPTO_SECRET_H_
#define REHEARSE_NET_CRYPTO_SECRET_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "rehearse/net/crypto/bytes.h"

namespace rehearse::net {

// Overwrites `bytes` with zeros; no optimiser leaves that out.
void Wipe(uint8_t* bytes, size_t count);
void Wipe(std::string& bytes);

template <size_t N>
class Secret {
 public:
  Secret() = default;
  explicit Secret(const FixedBytes<N>& bytes) : bytes_(bytes) {}
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;
  ~Secret() { Wipe(bytes_.data(), N); }

  uint8_t* data() { return bytes_.data(); }
  const uint8_t* data() const { return bytes_.data(); }
  absl::string_view view() const { return ViewOf(bytes_); }

 private:
  FixedBytes<N> bytes_{};
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CRYPTO_SECRET_H_
