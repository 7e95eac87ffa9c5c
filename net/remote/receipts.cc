#include "rehearse/net/remote/receipts.h"

#include <algorithm>
#include <iterator>
#include <mutex>

namespace rehearse::net {

bool Receipts::Session::Has(uint64_t sequence) const {
  if (sequence < settled) return true;
  const auto after = ranges.upper_bound(sequence);
  return after != ranges.begin() && std::prev(after)->second >= sequence;
}

void Receipts::Session::Add(uint64_t sequence) {
  if (Has(sequence)) return;
  const auto after = ranges.upper_bound(sequence);
  uint64_t last = sequence;
  const bool joins_next = after != ranges.end() && after->first == sequence + 1;
  if (joins_next) last = after->second;
  if (after != ranges.begin() && std::prev(after)->second + 1 == sequence) {
    std::prev(after)->second = last;
  } else {
    ranges.emplace_hint(after, sequence, last);
  }
  if (joins_next) ranges.erase(after);
}

void Receipts::Session::Settle(uint64_t before) {
  if (before <= settled) return;
  settled = before;
  const auto kept = ranges.lower_bound(before);
  if (kept == ranges.begin()) return;
  const uint64_t last = std::prev(kept)->second;
  ranges.erase(ranges.begin(), kept);
  if (last >= before) ranges.emplace(before, last);
}

Receipts::Verdict Receipts::Look(absl::string_view peer, uint64_t session, uint64_t sequence,
                                 uint64_t settled) {
  const std::lock_guard<SpinLock> lock(lock_);
  Session& known = SessionOf(peer, session);
  known.used = ++looks_;
  known.Settle(settled);
  if (known.Has(sequence)) return Verdict::kHere;
  return known.ranges.size() < kRangesMax ? Verdict::kNew : Verdict::kTooMany;
}

void Receipts::Keep(absl::string_view peer, uint64_t session, uint64_t sequence) {
  const std::lock_guard<SpinLock> lock(lock_);
  SessionOf(peer, session).Add(sequence);
}

size_t Receipts::sessions() const {
  const std::lock_guard<SpinLock> lock(lock_);
  return count_;
}

// With the lock.
Receipts::Session& Receipts::SessionOf(absl::string_view peer, uint64_t session) {
  auto at = peers_.find(peer);
  if (at != peers_.end()) {
    const auto known = at->second.find(session);
    if (known != at->second.end()) return known->second;
    if (at->second.size() >= kSessionsOfPeerMax) {
      ForgetQuietest(at->second);
      --count_;
    }
  }
  if (count_ >= kSessionsMax) ForgetOne();
  ++count_;
  return peers_[std::string(peer)][session];
}

void Receipts::ForgetQuietest(Sessions& sessions) {
  sessions.erase(
      std::min_element(sessions.begin(), sessions.end(),
                       [](const auto& a, const auto& b) { return a.second.used < b.second.used; }));
}

void Receipts::ForgetOne() {
  const auto most = std::max_element(
      peers_.begin(), peers_.end(),
      [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
  ForgetQuietest(most->second);
  if (most->second.empty()) peers_.erase(most);
  --count_;
}

}  // namespace rehearse::net
