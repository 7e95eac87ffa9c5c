// Kademlia on a stream of bytes that has been agreed on for it ("/<net>/kad/1.0.0"): messages with
// their length in front, a request, then its answer, then perhaps the next request.

#ifndef REHEARSE_NET_KADEMLIA_KAD_STREAM_H_
#define REHEARSE_NET_KADEMLIA_KAD_STREAM_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/net/codec/delimited.h"
#include "rehearse/net/kademlia/kad_calls.h"
#include "rehearse/net/kademlia/kad_core.h"
#include "rehearse/net/kademlia/kad_message.h"
#include "rehearse/net/kademlia/kad_peer.h"
#include "rehearse/net/socket/sockets.h"

namespace rehearse::net {

// The public network of IPFS. Never join it by default: name your own.
inline constexpr absl::string_view kIpfsKadProtocol = "/ipfs/kad/1.0.0";

// "/<network>/kad/1.0.0".
std::string KadProtocolOf(absl::string_view network);

// One side of such a stream. One fiber.
class KadStream {
 public:
  // `stream` outlives it.
  explicit KadStream(StreamSocket& stream) : stream_(stream) {}

  // Parks until it was handed over, or `deadline` (the worker's timebase).
  absl::Status Write(absl::string_view message, Instant deadline);

  // The next message; parks.
  //   kOutOfRange   the peer has ended its side, after a whole message.
  //   kDataLoss     it ended within one, or one is too long: close the stream.
  //   kUnavailable, kDeadlineExceeded, kCancelled  as StreamSocket::Read.
  absl::StatusOr<std::string> Read(Instant deadline);

 private:
  StreamSocket& stream_;
  DelimitedReader reader_{KadMessage::kReadBytesMax};
};

// Sends `request`, and waits for its answer if one belongs to it, else returns "". Its fiber parks.
// The write side stays open until the answer has come: some peers lose what comes with an end.
absl::StatusOr<std::string> AskOnStream(StreamSocket& stream, absl::string_view request,
                                        KadCalls::Answered answered, Instant deadline);

// Answers what `from` asks on `stream`, one request after the other, until it ends its side, is
// silent for `idle_timeout`, or asks what is refused; then the caller closes the stream. The status
// says which: OK for the first.
absl::Status AnswerOnStream(StreamSocket& stream, KadCore& core, const KadPeer& from, bool serves,
                            absl::Duration idle_timeout);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_KADEMLIA_KAD_STREAM_H_
