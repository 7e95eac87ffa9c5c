// Bytes as text by base58btc, as peer ids are written.

#ifndef REHEARSE_NET_IDENTITY_BASE58_H_
#define REHEARSE_NET_IDENTITY_BASE58_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace rehearse::net {

// Decoding takes time by the square of the length, so that what is longer is refused.
inline constexpr size_t kBase58TextMax = 128;

std::string ToBase58(absl::string_view bytes);

// Nothing if it has another character than the alphabet's, or more than kBase58TextMax.
std::optional<std::string> FromBase58(absl::string_view text);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_IDENTITY_BASE58_H_
