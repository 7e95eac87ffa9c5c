// One walk towards a position: whom to ask next, given what came back so far. Without I/O.
//
// Maymounkov and Mazières 2002, section 2.3; disjoint paths: Baumgart and Mies, "S/Kademlia: A
// practicable approach towards secure key-based routing" (2007), section 4.4. Differences:
//   - it is over when the k nearest of all that did not fail have answered, and in each path the
//     nearest k / paths of that path's own; so disjoint paths cost few messages where all is well,
//     while one path full of liars cannot end the others;
//   - a peer belongs to the path that first heard of it;
//   - who is slow is passed over like who failed, but what it says counts all the same.

#ifndef REHEARSE_NET_KADEMLIA_LOOKUP_H_
#define REHEARSE_NET_KADEMLIA_LOOKUP_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "rehearse/net/kademlia/kad_peer.h"
#include "rehearse/net/kademlia/node_key.h"

namespace rehearse::net {

struct LookupOptions {
  size_t k = 20;          // so many nearest are found
  size_t alpha = 10;      // questions at a time, over all paths
  size_t paths = 2;       // disjoint ones; 1..16
  size_t heard_max = 20;  // peers taken of one answer
  size_t candidates_max = 1000;
};

// Not for several threads at once. Deterministic: the same calls give the same questions.
class Lookup {
 public:
  // The index of a candidate: valid as long as the lookup.
  using Candidate = uint32_t;

  // `self` is never asked. `seeds` are the nearest that this node knows, the nearest first; they go
  // round the paths.
  Lookup(const NodeKey& target, const PeerId& self, std::vector<KadPeer> seeds,
         const LookupOptions& options);

  // Whom to ask now; it counts as asked from then on. Nothing: wait for an answer, or it is over.
  std::optional<Candidate> Next();

  // What came back, of a candidate that was asked; later words about it change nothing. A peer that
  // is there but has no answer to this question names nobody.
  void OnAnswer(Candidate from, std::vector<KadPeer> closer);
  void OnFailure(Candidate from);
  // It has not answered for a while: others are asked in its place, and the lookup may end without
  // it, if k have answered. An answer or a failure may still come.
  void OnSlow(Candidate from);

  // Nobody is left to ask, and nobody whose answer matters.
  bool done() const;

  // The k nearest that answered, the nearest first.
  std::vector<Candidate> Nearest() const;

  const KadPeer& peer(Candidate candidate) const { return candidates_[candidate].peer; }
  const NodeKey& key(Candidate candidate) const { return candidates_[candidate].key; }
  // 1 for seeds, one more than who named it first for others.
  int hops(Candidate candidate) const { return candidates_[candidate].hops; }
  size_t path(Candidate candidate) const { return candidates_[candidate].path; }
  bool answered(Candidate candidate) const {
    return candidates_[candidate].state == State::kAnswered;
  }
  // It was asked, and neither has anything come back nor was it given up as slow.
  bool waiting(Candidate candidate) const {
    return candidates_[candidate].state == State::kWaiting;
  }
  // Whether `id` was heard of.
  bool Knows(const PeerId& id) const { return by_id_.contains(id); }
  // The candidate of this id, if it was heard of.
  std::optional<Candidate> Find(const PeerId& id) const;

  const NodeKey& target() const { return target_; }
  size_t candidates() const { return candidates_.size(); }
  size_t asked() const { return asked_; }
  size_t failed() const { return failed_; }
  size_t slow() const { return slow_; }

 private:
  enum class State : uint8_t { kNew, kWaiting, kSlow, kAnswered, kFailed };
  struct Known {
    KadPeer peer;
    NodeKey key;
    State state = State::kNew;
    uint8_t path = 0;
    int hops = 1;
  };
  struct Placed {
    XorDistance distance;
    Candidate candidate;
  };
  static constexpr size_t kPathsMax = 16;

  void Hear(KadPeer peer, size_t path, int hops);
  void Place(Candidate candidate);
  // What was asked of it is not under way any more: false if it was not.
  bool EndWait(Known& known);
  void Unplace(const Known& known);
  // Calls `visit` for each candidate whose answer matters, the nearest first, until it says false.
  template <typename Visit>
  void VisitWanted(Visit visit) const;
  size_t AlphaOfPath() const { return (options_.alpha + paths_ - 1) / paths_; }

  const NodeKey target_;
  const PeerId self_;
  const LookupOptions options_;
  const size_t paths_;
  std::vector<Known> candidates_;
  std::vector<Placed> placed_;  // the nearest first; without those that failed or are slow
  // order-free: looked up by id only.
  absl::flat_hash_map<PeerId, Candidate> by_id_;
  std::vector<size_t> in_flight_;  // by path
  size_t asked_ = 0;
  size_t failed_ = 0;
  size_t answered_ = 0;
  size_t slow_ = 0;
  size_t waiting_ = 0;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_KADEMLIA_LOOKUP_H_
