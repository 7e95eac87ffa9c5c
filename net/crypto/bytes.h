// Keys, hashes and signatures are so many bytes, and here the type says how many.

#ifndef REHEARSE_NET_CRYPTO_BYTES_H_
#define REHEARSE_NET_CRYPTO_BYTES_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace rehearse::net {

template <size_t N>
using FixedBytes = std::array<uint8_t, N>;

template <size_t N>
absl::string_view ViewOf(const FixedBytes<N>& bytes) {
  return absl::string_view(reinterpret_cast<const char*>(bytes.data()), N);
}

inline const uint8_t* DataOf(absl::string_view bytes) {
  return reinterpret_cast<const uint8_t*>(bytes.data());
}

// Nothing if it is not exactly `N` bytes.
template <size_t N>
std::optional<FixedBytes<N>> FixedFrom(absl::string_view bytes) {
  if (bytes.size() != N) return std::nullopt;
  FixedBytes<N> fixed;
  std::copy(bytes.begin(), bytes.end(), fixed.begin());
  return fixed;
}

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CRYPTO_BYTES_H_
