// A peer, and where it is said to be.

#ifndef REHEARSE_NET_KADEMLIA_KAD_PEER_H_
#define REHEARSE_NET_KADEMLIA_KAD_PEER_H_

#include <string>
#include <vector>

#include "rehearse/net/identity/peer_id.h"

namespace rehearse::net {

// A value. The addresses are multiaddrs as bytes, since Kademlia passes on many and dials few: who
// dials reads them (Multiaddr::FromBytes), and drops those that can't be read.
struct KadPeer {
  PeerId id;
  std::vector<std::string> addresses;

  friend bool operator==(const KadPeer&, const KadPeer&) = default;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_KADEMLIA_KAD_PEER_H_
