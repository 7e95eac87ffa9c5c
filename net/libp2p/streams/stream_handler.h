// Protocols of one's own: what is done with a stream that a peer opens for one.

#ifndef REHEARSE_NET_LIBP2P_STREAMS_STREAM_HANDLER_H_
#define REHEARSE_NET_LIBP2P_STREAMS_STREAM_HANDLER_H_

#include <functional>
#include <map>
#include <string>

#include "rehearse/net/libp2p/streams/peer_stream.h"

namespace rehearse::net {

// Serves a stream, on a fiber of its own; parks as it likes. The stream is closed when it returns.
using StreamHandler = std::function<void(PeerStream&)>;

// By the protocol's name, as "/chat/1". A handler is called on connections of either side's making,
// for as many streams at once as peers may open, and outlives the network's AwaitFibers, which
// waits for it.
using StreamHandlers = std::map<std::string, StreamHandler>;

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_STREAMS_STREAM_HANDLER_H_
