#include "rehearse/net/kademlia/lookup.h"

#include <algorithm>
#include <array>
#include <utility>

namespace rehearse::net {

Lookup::Lookup(const NodeKey& target, const PeerId& self, std::vector<KadPeer> seeds,
               const LookupOptions& options)
    : target_(target),
      self_(self),
      options_(options),
      paths_(std::clamp<size_t>(options.paths, 1, kPathsMax)),
      in_flight_(paths_) {
  candidates_.reserve(4 * options.k);
  placed_.reserve(4 * options.k);
  for (size_t i = 0; i < seeds.size(); ++i) Hear(std::move(seeds[i]), i % paths_, 1);
}

template <typename Visit>
void Lookup::VisitWanted(Visit visit) const {
  const size_t wanted_of_path = (options_.k + paths_ - 1) / paths_;
  std::array<size_t, kPathsMax> of_path{};
  size_t seen = 0;
  size_t full_paths = 0;
  for (const Placed& placed : placed_) {
    const Known& known = candidates_[placed.candidate];
    size_t& rank = of_path[known.path];
    const bool wanted = seen < options_.k || rank < wanted_of_path;
    ++seen;
    if (++rank == wanted_of_path) ++full_paths;
    if (wanted && !visit(placed.candidate, known)) return;
    if (seen >= options_.k && full_paths == paths_) return;
  }
}

std::optional<Lookup::Candidate> Lookup::Next() {
  if (waiting_ >= options_.alpha) return std::nullopt;
  std::optional<Candidate> next;
  VisitWanted([&](Candidate candidate, const Known& known) {
    if (known.state != State::kNew || in_flight_[known.path] >= AlphaOfPath()) return true;
    next = candidate;
    return false;
  });
  if (!next.has_value()) return std::nullopt;
  Known& known = candidates_[*next];
  known.state = State::kWaiting;
  ++in_flight_[known.path];
  ++waiting_;
  ++asked_;
  return next;
}

void Lookup::OnAnswer(Candidate from, std::vector<KadPeer> closer) {
  Known& known = candidates_[from];
  const bool was_slow = known.state == State::kSlow;
  if (!EndWait(known)) return;
  known.state = State::kAnswered;
  ++answered_;
  if (was_slow) Place(from);
  const size_t path = known.path;
  const int hops = known.hops + 1;  // `known` may move from here on
  const size_t heard = std::min(closer.size(), options_.heard_max);
  for (size_t i = 0; i < heard; ++i) Hear(std::move(closer[i]), path, hops);
}

void Lookup::OnFailure(Candidate from) {
  Known& known = candidates_[from];
  const bool was_slow = known.state == State::kSlow;
  if (!EndWait(known)) return;
  known.state = State::kFailed;
  ++failed_;
  if (!was_slow) Unplace(known);
}

void Lookup::OnSlow(Candidate from) {
  Known& known = candidates_[from];
  if (known.state != State::kWaiting) return;
  EndWait(known);
  known.state = State::kSlow;
  ++slow_;
  Unplace(known);
}

bool Lookup::EndWait(Known& known) {
  if (known.state == State::kSlow) {
    --slow_;
    return true;
  }
  if (known.state != State::kWaiting) return false;
  --in_flight_[known.path];
  --waiting_;
  return true;
}

void Lookup::Unplace(const Known& known) {
  placed_.erase(std::lower_bound(
      placed_.begin(), placed_.end(), known.key.DistanceTo(target_),
      [](const Placed& placed, const XorDistance& other) { return placed.distance < other; }));
}

bool Lookup::done() const {
  bool open = false;
  VisitWanted([&open](Candidate, const Known& known) {
    open = known.state == State::kNew || known.state == State::kWaiting;
    return !open;
  });
  return !open && (slow_ == 0 || answered_ >= options_.k);
}

std::vector<Lookup::Candidate> Lookup::Nearest() const {
  std::vector<Candidate> nearest;
  nearest.reserve(options_.k);
  for (const Placed& placed : placed_) {
    if (nearest.size() == options_.k) break;
    if (candidates_[placed.candidate].state == State::kAnswered) {
      nearest.push_back(placed.candidate);
    }
  }
  return nearest;
}

std::optional<Lookup::Candidate> Lookup::Find(const PeerId& id) const {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return std::nullopt;
  return found->second;
}

void Lookup::Hear(KadPeer peer, size_t path, int hops) {
  if (candidates_.size() >= options_.candidates_max || peer.id == self_) return;
  const auto candidate = static_cast<Candidate>(candidates_.size());
  if (!by_id_.try_emplace(peer.id, candidate).second) return;
  const NodeKey key = NodeKey::Of(peer.id);
  candidates_.push_back(
      {.peer = std::move(peer), .key = key, .path = static_cast<uint8_t>(path), .hops = hops});
  Place(candidate);
}

void Lookup::Place(Candidate candidate) {
  const XorDistance distance = candidates_[candidate].key.DistanceTo(target_);
  const auto place = std::upper_bound(
      placed_.begin(), placed_.end(), distance,
      [](const XorDistance& other, const Placed& placed) { return other < placed.distance; });
  placed_.insert(place, {distance, candidate});
}

}  // namespace rehearse::net
