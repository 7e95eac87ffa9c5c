// Bytes as text by base32 (RFC 4648) in small letters without padding, as CIDs are written.

#ifndef REHEARSE_NET_IDENTITY_BASE32_H_
#define REHEARSE_NET_IDENTITY_BASE32_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace rehearse::net {

std::string ToBase32(absl::string_view bytes);

// Nothing if it has another character than the alphabet's, or bits left over that are not zero:
// each text has one meaning.
std::optional<std::string> FromBase32(absl::string_view text);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_IDENTITY_BASE32_H_
