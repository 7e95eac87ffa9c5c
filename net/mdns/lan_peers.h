// Who is said to be nearby, of each peer what each host has said last.
//
// Anybody on a LAN may say anything, of anybody. So what one host says takes no place from what
// others say, neither of the same peer nor of others; and how often there is news is bounded.

#ifndef REHEARSE_NET_MDNS_LAN_PEERS_H_
#define REHEARSE_NET_MDNS_LAN_PEERS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/net/identity/peer_id.h"
#include "rehearse/net/mdns/peer_records.h"
#include "rehearse/net/multiaddr.h"

namespace rehearse::net {

struct LanPeersOptions {
  size_t peers_max = 256;          // beyond either of these two, newcomers are not taken until
  size_t peers_per_host_max = 32;  // another's time is over
  absl::Duration ttl_max = absl::Minutes(10);  // longer ones are cut
  // What was told of one peer is told anew after this at the earliest. What changes before is not
  // taken; whoever says it will say it again.
  absl::Duration news_every = absl::Seconds(10);
};

// One fiber at a time. `now` does not go back.
class LanPeers {
 public:
  explicit LanPeers(const LanPeersOptions& options) : options_(options) {}

  // `host`, an IP, has said this. True: the peer was not there as far as `host` had said, or at
  // other addresses, and whoever looks for peers is to be told.
  bool Take(const std::string& host, const PeerClaim& claim, Instant now);

  // Those that are there, in the order of their ids, with all addresses that hosts say of them.
  std::vector<LanPeer> Present(Instant now) const;

  // Forgets what is over.
  void Drop(Instant now);

  // How much is remembered, what is over and not yet dropped too.
  size_t size() const { return size_; }
  uint64_t refused() const { return refused_; }  // for want of room

 private:
  struct Said {
    std::string label;
    std::vector<Multiaddr> addresses;
    Instant until;  // then it is over
    Instant told;   // when it was news
  };
  using OfHost = std::map<PeerId, Said>;

  bool HasRoom(const std::string& host) const;
  bool TakeNew(const std::string& host, const PeerClaim& claim, const Said& said);

  const LanPeersOptions options_;
  std::map<std::string, OfHost> hosts_;  // that have said anything
  size_t size_ = 0;
  uint64_t refused_ = 0;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_MDNS_LAN_PEERS_H_
