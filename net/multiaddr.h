// Addresses that say how they are to be used: "/ip4/127.0.0.1/tcp/8020".
//
// libp2p's multiaddr, as text and as bytes. Differences: a name of a host has printable ASCII
// alone; an address has at most kPartsMax parts.

#ifndef REHEARSE_NET_MULTIADDR_H_
#define REHEARSE_NET_MULTIADDR_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/net/identity/peer_id.h"

namespace rehearse::net {

// One step of the way: "tcp" and "8020", or "quic-v1" and nothing.
struct MultiaddrPart {
  std::string protocol;
  std::string value;  // in canonical text

  friend bool operator==(const MultiaddrPart&, const MultiaddrPart&) = default;
};

// The steps, from the outermost inward. What they mean together is for the transport to say.
struct Multiaddr {
  static constexpr size_t kPartsMax = 16;
  static constexpr size_t kBytesMax = 1024;

  std::vector<MultiaddrPart> parts;

  // Takes the text apart. Knows the protocols of net/multiaddr_protocol.h.
  //   kInvalidArgument  it is no address, or names a protocol that isn't known; the message says
  //                     what is wrong and shows an address that would do.
  static absl::StatusOr<Multiaddr> Parse(absl::string_view text);

  // Reads what ToBytes writes. An address from a peer that can't be read is dropped, and what else
  // came with it isn't.
  //   kDataLoss  it is no address, or names a protocol that isn't known.
  static absl::StatusOr<Multiaddr> FromBytes(absl::string_view bytes);

  // Parse(a.ToString()) is `a`, and FromBytes(a.ToBytes()) is, if `a` came from one of the two.
  std::string ToString() const;
  std::string ToBytes() const;

  // The peer that it ends with, as in "/ip4/127.0.0.1/tcp/8020/p2p/12D3KooW…".
  std::optional<PeerId> peer() const;
  Multiaddr WithoutPeer() const;

  friend bool operator==(const Multiaddr&, const Multiaddr&) = default;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_MULTIADDR_H_
