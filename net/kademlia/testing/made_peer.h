// Peers for tests, made of a number.

#ifndef REHEARSE_NET_KADEMLIA_TESTING_MADE_PEER_H_
#define REHEARSE_NET_KADEMLIA_TESTING_MADE_PEER_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "rehearse/net/crypto/bytes.h"
#include "rehearse/net/crypto/sha256.h"
#include "rehearse/net/identity/peer_id.h"
#include "rehearse/net/identity/public_key.h"
#include "rehearse/net/kademlia/kad_peer.h"

namespace rehearse::net {

// The id of a key that nobody has; another for each number.
inline PeerId MadePeerId(uint64_t number) {
  return PublicKey(KeyType::kEd25519, std::string(ViewOf(Sha256(std::to_string(number)))))
      .peer_id();
}

// "/ip4/<ip>/tcp/4001", as bytes; `ip` from its most significant byte.
inline std::string MadeAddress(uint32_t ip) {
  std::string bytes = "\x04";
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(ip >> shift));
  return bytes + "\x06\x0f\xa1";
}

// In 10.0.0.0/8, where addresses are not bounded.
inline KadPeer MadePeer(uint64_t number) {
  return {MadePeerId(number),
          {MadeAddress(uint32_t{10} << 24 | static_cast<uint32_t>(number & 0xffffff))}};
}

}  // namespace rehearse::net

#endif  // REHEARSE_NET_KADEMLIA_TESTING_MADE_PEER_H_
