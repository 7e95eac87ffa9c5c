// libp2p's ping ("/ipfs/ping/1.0.0"): 32 bytes that nobody can guess, sent back.

#ifndef REHEARSE_NET_LIBP2P_PING_PING_H_
#define REHEARSE_NET_LIBP2P_PING_PING_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/net/crypto/entropy.h"

namespace rehearse::net {

inline constexpr absl::string_view kPingProtocol = "/ipfs/ping/1.0.0";
inline constexpr size_t kPingBytes = 32;

// Who asks. One question at a time, as many as are wanted on a stream.
class PingAsker {
 public:
  // The bytes to send.
  std::string Ask(Entropy& entropy);

  // Takes what came back, in pieces of any size. True: all of it, and it was right.
  //   kDataLoss  it was something else, or more than was asked for.
  absl::StatusOr<bool> Receive(absl::string_view bytes);

 private:
  std::string expected_;  // what has not come back yet
};

// Who answers.
class PingAnswerer {
 public:
  // Takes what came in, in pieces of any size; what is to be sent back, whole questions alone.
  std::string Receive(absl::string_view bytes);

  // Bytes of a question that is not complete: at the stream's end, the peer stopped within it.
  size_t pending_bytes() const { return pending_.size(); }

 private:
  std::string pending_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_PING_PING_H_
