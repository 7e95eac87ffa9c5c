// What a node answers on the streams that peers open, whatever transport carries them: pings, who
// it is, and its user's protocols. What they say about themselves is kept.

#ifndef REHEARSE_NET_LIBP2P_STREAMS_STREAM_SERVICES_H_
#define REHEARSE_NET_LIBP2P_STREAMS_STREAM_SERVICES_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/libp2p/identify/identify_message.h"
#include "rehearse/net/libp2p/known_peers.h"
#include "rehearse/net/libp2p/streams/frame_listeners.h"
#include "rehearse/net/libp2p/streams/peer_stream.h"
#include "rehearse/net/libp2p/streams/stream_handler.h"
#include "rehearse/net/multiaddr.h"

namespace rehearse::net {

class StreamServices {
 public:
  struct Options {
    StreamHandlers protocols;
    std::string protocol_version;
    std::string agent_version;
    // How long a peer may take to say what a stream is for.
    absl::Duration patience;
  };

  // Both outlive it.
  StreamServices(const Node& node, const Identity& identity, Options options)
      : node_(node), identity_(identity), options_(std::move(options)) {}

  // What else than frames is served. On any fiber, as all that follows.
  std::vector<std::string> protocols() const;

  // Learns what a stream that a peer has opened is for, and serves it; parks until it is over.
  // Frames are for `frames`, if it is there. Whoever asks for what is not served does no wrong.
  //   kDataLoss          the peer does not speak multistream-select.
  //   kDeadlineExceeded  it was silent, or slow.
  absl::Status Select(std::unique_ptr<PeerStream> stream, FrameStreams* frames);

  // The node listens at `address`, and peers are told so, until RemoveAddress. An address that
  // stands for all of the host's own is not told: nobody could dial it.
  void AddAddress(Multiaddr address);
  void RemoveAddress(const Multiaddr& address);

  // What the peer at the other end of `stream` is told about us.
  IdentifyMessage Describe(const PeerStream& stream) const;

  KnownPeers& known() { return known_; }

 private:
  void Serve(absl::string_view protocol, PeerStream& stream);
  void TakePush(PeerStream& stream);

  const Node& node_;
  const Identity& identity_;
  const Options options_;
  KnownPeers known_;
  mutable SpinLock lock_;
  std::vector<Multiaddr> addresses_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_STREAMS_STREAM_SERVICES_H_
