// Datagrams of no connection yet: what they are, and the answers that need no memory of them.

#ifndef REHEARSE_NET_QUIC_QUIC_PACKET_H_
#define REHEARSE_NET_QUIC_QUIC_PACKET_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/net/crypto/entropy.h"
#include "rehearse/net/socket/sockets.h"

namespace rehearse::net {

// What can be read of a datagram without any key.
struct QuicArrival {
  enum class Kind : uint8_t {
    kJunk,
    kShort,           // of a connection that stands
    kLong,            // of a handshake that goes on
    kInitial,         // may begin a connection
    kUnknownVersion,  // may begin one, in a version that is not spoken here
  };

  Kind kind = Kind::kJunk;
  uint32_t version = 0;
  std::string destination = {};  // ids
  std::string source = {};
  std::string token = {};  // of an Initial
};

// The id that says whose `datagram` is; empty: it is junk. Points into it.
absl::string_view QuicDestination(absl::string_view datagram);

// What would prove that `datagram` is from a peer that has forgotten the connection; empty: it is
// too short for that, or of a handshake. Points into it.
absl::string_view ResetToken(absl::string_view datagram);

// All there is to read. Only for those whose id is nobody's.
QuicArrival ReadQuicArrival(absl::string_view datagram);

// The answers. Each is empty if the library has none; none is longer than what it answers.

// "These are the versions that are spoken here."
std::string WriteVersionNegotiation(const QuicArrival& arrival, Entropy& entropy);
// "Not just now."
std::string WriteRefusal(const QuicArrival& arrival);
// "I know nothing of that connection", which only who has had an id of ours can read.
std::string WriteReset(const QuicArrival& arrival, size_t datagram_bytes, absl::string_view secret,
                       Entropy& entropy);

// "Say that again with this token", to see whether it gets what is sent to `from`.
std::string WriteRetry(const QuicArrival& arrival, const SocketAddress& from,
                       absl::string_view secret, Entropy& entropy, Instant now);
// The id that the dialler first made up for us, if the token is ours, and not old, and `from`'s.
std::optional<std::string> VerifyRetry(const QuicArrival& arrival, const SocketAddress& from,
                                       absl::string_view secret, Instant now);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_QUIC_QUIC_PACKET_H_
