// What those who ask this node have said of themselves: whether they answer such requests, too, and
// where.

#ifndef REHEARSE_NET_KADEMLIA_KAD_ASKERS_H_
#define REHEARSE_NET_KADEMLIA_KAD_ASKERS_H_

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/net/identity/peer_id.h"
#include "rehearse/net/libp2p/identify/identify_message.h"
#include "rehearse/net/multiaddr.h"

namespace rehearse::net {

// A value. The addresses are those of a KadPeer.
struct KadAsker {
  static constexpr size_t kAddressesMax = 8;

  bool serves = false;
  std::vector<std::string> addresses = {};

  // What `said` means for who is connected from `seen_at`. Addresses at other hosts are left out: a
  // table that bounds what it takes from one prefix must not take a prefix on a peer's word.
  static KadAsker From(const IdentifyMessage& said, absl::string_view protocol,
                       const Multiaddr& seen_at);

  friend bool operator==(const KadAsker&, const KadAsker&) = default;
};

// Beyond peers_max, who was asked longest ago is forgotten. Without I/O; not for several threads at
// once.
class KadAskers {
 public:
  struct Options {
    size_t peers_max = 1024;
    // How long it counts: a client may become a server.
    absl::Duration ask_every = absl::Minutes(5);
  };

  explicit KadAskers(const Options& options) : options_(options) {}

  // Whether the caller is to ask `peer` now who it is: nobody has, or not for long.
  bool ShouldAsk(const PeerId& peer, Instant now);
  void Learn(const PeerId& peer, KadAsker said);
  // What it has said last; nothing yet: a client.
  KadAsker Find(const PeerId& peer) const;

  size_t peers() const { return peers_.size(); }

 private:
  struct Known {
    Instant asked;
    KadAsker said;
  };

  void ForgetOldest();

  const Options options_;
  std::map<PeerId, Known> peers_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_KADEMLIA_KAD_ASKERS_H_
