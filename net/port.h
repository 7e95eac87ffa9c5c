// The number of a port, as users and addresses write it.

#ifndef REHEARSE_NET_PORT_H_
#define REHEARSE_NET_PORT_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rehearse::net {

// Decimal, 0 to 65535, without sign or blanks.
absl::StatusOr<uint16_t> ParsePort(absl::string_view text);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_PORT_H_
