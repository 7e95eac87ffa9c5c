// What each libp2p node answers on a stream: pings, and who it is.

#ifndef REHEARSE_NET_LIBP2P_TCP_STREAM_SERVICES_H_
#define REHEARSE_NET_LIBP2P_TCP_STREAM_SERVICES_H_

#include "rehearse/actor/node.h"
#include "rehearse/net/libp2p/identify/identify_message.h"
#include "rehearse/net/libp2p/peer_stream.h"

namespace rehearse::net {

// Both park until the peer has ended the stream, or is silent for too long.
void AnswerPings(PeerStream& stream, const Node& node);
void Identify(PeerStream& stream, const IdentifyMessage& message, const Node& node);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_TCP_STREAM_SERVICES_H_
