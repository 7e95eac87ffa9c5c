// A stream of bytes with a peer, one of many on a connection, whose two directions end one by one.
// Whether yamux or QUIC carries it is not to be seen.

#ifndef REHEARSE_NET_LIBP2P_STREAMS_PEER_STREAM_H_
#define REHEARSE_NET_LIBP2P_STREAMS_PEER_STREAM_H_

#include <string>

#include "rehearse/net/identity/public_key.h"
#include "rehearse/net/socket/sockets.h"

namespace rehearse::net {

class PeerStream : public StreamSocket {
 public:
  // We write nothing more; the peer may. Never waits.
  virtual void Finish() = 0;

  // The next Read begins with `bytes`. For the reader.
  virtual void Unread(std::string bytes) = 0;

  // The peer, who has opened it, has said what for. For the reader.
  virtual void Chosen() = 0;

  // The key by which the peer has proven who it is; its peer_id() is the peer's. Lives as long as
  // the stream.
  virtual const PublicKey& peer_key() const = 0;
  std::string proven_peer() const final { return peer_key().peer_id().ToString(); }

  // Where the peer is: "/ip4/127.0.0.1/tcp/8020", "/ip4/127.0.0.1/udp/8020/quic-v1".
  virtual std::string peer_address() const = 0;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_STREAMS_PEER_STREAM_H_
