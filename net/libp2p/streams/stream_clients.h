// What a node asks on a stream of its own making: whether the peer is there, and who it says it is.

#ifndef REHEARSE_NET_LIBP2P_STREAMS_STREAM_CLIENTS_H_
#define REHEARSE_NET_LIBP2P_STREAMS_STREAM_CLIENTS_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/net/crypto/entropy.h"
#include "rehearse/net/identity/peer_id.h"
#include "rehearse/net/libp2p/identify/identify_message.h"
#include "rehearse/net/libp2p/streams/peer_stream.h"

namespace rehearse::net {

// On streams whose protocol was agreed on. All park, until `deadline` (the worker's timebase).
//   kDataLoss  the peer said something else; close the stream.
//   kUnavailable, kDeadlineExceeded, kCancelled  as StreamSocket::Read.

// Sends a ping; how long until its answer was here.
absl::StatusOr<absl::Duration> AskPing(PeerStream& stream, Entropy& entropy, Instant deadline);

// Reads what `peer`, which has proven that it is that, says about itself: on a stream of identify
// that we opened, or on one of its push.
//   kPermissionDenied  it says that it is somebody else.
absl::StatusOr<IdentifyMessage> ReadIdentify(PeerStream& stream, const PeerId& peer,
                                             Instant deadline);

// Tells the peer who we are, on a stream of the push.
absl::Status PushIdentify(PeerStream& stream, const IdentifyMessage& message, Instant deadline);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_STREAMS_STREAM_CLIENTS_H_
