// Addresses that say how they are to be used: "/ip4/127.0.0.1/tcp/8020".
//
// After libp2p's multiaddr. Differences: text only; of the protocols those that our transports
// know; names (dns4 and its like) are refused, because nothing here resolves them.

#ifndef REHEARSE_NET_MULTIADDR_H_
#define REHEARSE_NET_MULTIADDR_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rehearse::net {

// One step of the way: "tcp" and "8020", or "quic-v1" and nothing.
struct MultiaddrPart {
  std::string protocol;
  std::string value;  // in canonical text

  friend bool operator==(const MultiaddrPart&, const MultiaddrPart&) = default;
};

// The steps, from the outermost inward. What they mean together is for the transport to say.
struct Multiaddr {
  std::vector<MultiaddrPart> parts;

  // Takes the text apart. Knows ip4, ip6, tcp, udp, quic-v1.
  //   kInvalidArgument  it is no address, or names a protocol that isn't known; the message says
  //                     what is wrong and shows an address that would do.
  static absl::StatusOr<Multiaddr> Parse(absl::string_view text);

  // Parse(a.ToString()) is `a`, if `a` came from Parse.
  std::string ToString() const;

  friend bool operator==(const Multiaddr&, const Multiaddr&) = default;
};

// The number of a port: decimal, 0 to 65535.
absl::StatusOr<uint16_t> ParsePort(absl::string_view text);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_MULTIADDR_H_
