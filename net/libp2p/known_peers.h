// What is known of peers beyond their connections: where they were, and what they say they are.

#ifndef REHEARSE_NET_LIBP2P_KNOWN_PEERS_H_
#define REHEARSE_NET_LIBP2P_KNOWN_PEERS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/net/identity/peer_id.h"
#include "rehearse/net/libp2p/identify/identify_message.h"
#include "rehearse/net/multiaddr.h"

namespace rehearse::net {

// Any thread. Beyond kPeersMax, whoever was heard of longest ago is forgotten.
class KnownPeers {
 public:
  static constexpr size_t kPeersMax = 1024;
  static constexpr size_t kAddressesMax = 16;  // of one peer; the oldest goes first

  // It was there: `address` worked, without its id.
  void LearnAddress(const PeerId& peer, const Multiaddr& address);
  // What it says about itself, which it has proven to be; what it does not say stays.
  void Learn(const PeerId& peer, IdentifyMessage said);

  // Where it may be: what worked first, then what it says.
  std::vector<Multiaddr> AddressesOf(const PeerId& peer) const;
  // Nothing: it has not said anything yet.
  std::optional<IdentifyMessage> Find(const PeerId& peer) const;

 private:
  struct Known {
    std::vector<Multiaddr> worked;  // the latest first
    std::optional<IdentifyMessage> said;
    uint64_t heard = 0;
  };

  Known& Touch(const PeerId& peer);  // by the lock

  mutable SpinLock lock_;
  uint64_t next_ = 0;
  std::map<PeerId, Known> peers_;
  std::map<uint64_t, PeerId> by_age_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_KNOWN_PEERS_H_
