// A stream of bytes with a peer, one of many on a connection, whose two directions end one by one.

#ifndef REHEARSE_NET_LIBP2P_PEER_STREAM_H_
#define REHEARSE_NET_LIBP2P_PEER_STREAM_H_

#include "rehearse/net/socket/sockets.h"

namespace rehearse::net {

class PeerStream : public StreamSocket {
 public:
  // We write nothing more; the peer may. Never waits.
  virtual void Finish() = 0;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_PEER_STREAM_H_
