// The protocols that may stand in a multiaddr, and how the value of each is written.
//
// After libp2p's table. Those that none of our transports speaks are here as well: an address that
// names one can be read and passed on, and isn't dialled.

#ifndef REHEARSE_NET_MULTIADDR_PROTOCOL_H_
#define REHEARSE_NET_MULTIADDR_PROTOCOL_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace rehearse::net {

struct MultiaddrProtocol {
  // Converts between the two forms of a value; nothing if there is no such value.
  using Convert = std::optional<std::string> (*)(absl::string_view);

  absl::string_view name;
  uint64_t code;
  absl::string_view value_is;  // for error messages
  int value_bytes;             // or one of the two below
  Convert to_bytes;
  Convert to_text;  // canonical

  static constexpr int kNoValue = 0;
  static constexpr int kCounted = -1;  // its length stands before it
};

// Null: it isn't known.
const MultiaddrProtocol* FindMultiaddrProtocol(absl::string_view name);
const MultiaddrProtocol* FindMultiaddrProtocol(uint64_t code);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_MULTIADDR_PROTOCOL_H_
