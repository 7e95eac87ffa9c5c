// A Network whose peers are authenticated, and which opens streams of any protocol to them.
//
// What stands behind it: SecureTcpNetwork, QuicNetwork. Who serves a protocol names it in the
// network's options (net/libp2p/streams/stream_handler.h). There is one connection to a peer:
// whoever dials it, or its address, again opens a stream on the one that stands, be it the peer's
// making.
//
// An address may end with the peer's id, "…/p2p/12D3KooW…": then nobody else is talked to. The id
// alone, "/p2p/12D3KooW…", will do for a peer that we are connected to, or have been, or that has
// said where it listens.

#ifndef REHEARSE_NET_LIBP2P_STREAMS_LIBP2P_NETWORK_H_
#define REHEARSE_NET_LIBP2P_STREAMS_LIBP2P_NETWORK_H_

#include <cstddef>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/net/identity/peer_id.h"
#include "rehearse/net/libp2p/identify/identify_message.h"
#include "rehearse/net/libp2p/known_peers.h"
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

  // Whether the peer answers, and how long that takes: one ping, on a stream of its own.
  //   kDataLoss  it answers something else.
  //   as OpenStream
  virtual absl::StatusOr<absl::Duration> Ping(absl::string_view address, Instant deadline) = 0;

  // What the peer says about itself. All of it is its word alone, and text needs escaping before it
  // is shown.
  //   kDataLoss          it says nothing that could be read.
  //   kPermissionDenied  it says that it is another than it has proven to be.
  //   as OpenStream
  absl::StatusOr<IdentifyMessage> Identify(absl::string_view address, Instant deadline);

  // Tells all peers that there are connections with who we are, as Listen does. Never waits.
  virtual void PushIdentify() = 0;

  // What is known of peers, from what worked and what they say.
  virtual KnownPeers& known() = 0;
  // What it has said last, asked or by a push of its own. Nothing: it has not yet.
  std::optional<IdentifyMessage> Known(const PeerId& peer) { return known().Find(peer); }

  // Connections that stand, of either side's making. Any thread.
  virtual size_t connections() const = 0;

  // Closes connections as soon as they have no streams, and parks until the last fiber that works
  // for the network has ended.
  //   kDeadlineExceeded, kCancelled
  virtual absl::Status AwaitFibers(Instant deadline) = 0;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_STREAMS_LIBP2P_NETWORK_H_
