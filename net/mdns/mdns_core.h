// When a node asks who is nearby, when it answers, and what it makes of what it hears: RFC 6762 for
// the one service of libp2p's peers (peer_records.h). No I/O.
//
// Differences from RFC 6762:
//   - Answers go to all, even if the question welcomes unicast; questions that come from another
//     port than mDNS's own, as those of simple resolvers (section 6.7), are not answered.
//   - Known answers are neither told nor heeded (7.1), and questions that others just asked are
//     asked all the same (7.3): the names of a handful of peers are no traffic to save.
//   - The time between questions grows to a minute, not an hour (5.2): a peer's start may have been
//     missed.
//   - Labels are drawn at random and not probed for (8.1).

#ifndef REHEARSE_NET_MDNS_MDNS_CORE_H_
#define REHEARSE_NET_MDNS_MDNS_CORE_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/env/random.h"
#include "rehearse/net/mdns/lan_peers.h"
#include "rehearse/net/mdns/peer_records.h"
#include "rehearse/net/socket/sockets.h"

namespace rehearse::net {

struct MdnsOptions {
  SocketAddress group = {"224.0.0.251", 5353};
  // The first question, and an answer, wait for a length between these two, so that not all speak
  // at once.
  absl::Duration delay_min = absl::Milliseconds(20);
  absl::Duration delay_max = absl::Milliseconds(120);
  // Between questions; doubled from the first to the second.
  absl::Duration ask_every_min = absl::Seconds(1);
  absl::Duration ask_every_max = absl::Minutes(1);
  absl::Duration answer_every = absl::Seconds(1);  // at the soonest, whoever asks
  // How long others may take this node to be there. Some questions, or their answers, may be lost.
  absl::Duration ttl = absl::Minutes(6);
  LanPeersOptions peers = {};
};

struct MdnsCounters {
  uint64_t heard = 0;      // datagrams, this node's own too
  uint64_t junk = 0;       // of them: no DNS, or not from mDNS's port
  uint64_t questions = 0;  // that this node has asked
  uint64_t answers = 0;    // that it has given
  uint64_t refused = 0;    // peers, for want of room
};

// One fiber at a time. `now` is the node's clock, and does not go back.
class MdnsCore {
 public:
  // `self` is told to others, unless it has no addresses: then this node only looks. On loopback,
  // an address is believed of `own_ips` alone.
  MdnsCore(LanPeer self, std::vector<std::string> own_ips, const MdnsOptions& options,
           Random random, Instant now);

  // --- Events.

  void Tick(Instant now);
  // Whatever came to the group.
  void OnDatagram(const Datagram& datagram, Instant now);
  // This node leaves: it tells so, and says nothing any more.
  void Leave();

  // --- What comes of them.

  // When Tick is due.
  Instant next_tick() const;
  // Datagrams for the group, in order.
  std::vector<std::string> TakeSends() { return std::exchange(sends_, {}); }
  // Peers that are new, or elsewhere than they were.
  std::vector<LanPeer> TakeFound() { return std::exchange(found_, {}); }

  std::vector<LanPeer> Present(Instant now) const { return peers_.Present(now); }
  MdnsCounters counters() const;
  const std::string& label() const { return label_; }
  bool has_left() const { return left_; }

 private:
  absl::Duration DrawBetween(absl::Duration low, absl::Duration high);
  void Ask(Instant now);
  void Answer(Instant now);
  void Send(const DnsMessage& message);
  void OnQuestion(const DnsQuestion& question, Instant now);
  void OnClaim(const std::string& host, PeerClaim claim, Instant now);

  const LanPeer self_;
  const std::vector<std::string> own_ips_;
  const MdnsOptions options_;
  Random random_;
  const std::string label_;
  LanPeers peers_;
  std::vector<std::string> sends_;
  std::vector<LanPeer> found_;
  MdnsCounters counters_;

  bool left_ = false;
  Instant ask_at_;
  absl::Duration ask_every_;
  // An answer is owed, and what it is to tell.
  Instant answer_at_ = Instant::Infinite();
  bool owes_self_ = false;
  bool owes_service_ = false;
  Instant answer_not_before_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_MDNS_MDNS_CORE_H_
