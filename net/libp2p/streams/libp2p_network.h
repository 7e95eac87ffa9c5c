// A Network whose peers are authenticated, and which opens streams of any protocol to them.
//
// What stands behind it: SecureTcpNetwork, QuicNetwork. Who serves a protocol names it in the
// network's options (net/libp2p/streams/stream_handler.h).

#ifndef REHEARSE_NET_LIBP2P_STREAMS_LIBP2P_NETWORK_H_
#define REHEARSE_NET_LIBP2P_STREAMS_LIBP2P_NETWORK_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/net/libp2p/streams/peer_stream.h"
#include "rehearse/net/network.h"

namespace rehearse::net {

class Libp2pNetwork : public Network {
 public:
  // A stream of `protocol`, on the connection that Dial would take.
  //   kUnimplemented  the peer doesn't serve it.
  //   as Dial
  virtual absl::StatusOr<std::unique_ptr<PeerStream>> OpenStream(absl::string_view address,
                                                                 absl::string_view protocol,
                                                                 Instant deadline) = 0;

  // Closes connections as soon as they have no streams, and parks until the last fiber that works
  // for the network has ended.
  //   kDeadlineExceeded, kCancelled
  virtual absl::Status AwaitFibers(Instant deadline) = 0;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_STREAMS_LIBP2P_NETWORK_H_
