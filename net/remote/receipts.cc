#include "rehearse/net/remote/receipts.h"

#include <algorithm>
#include <mutex>

namespace rehearse::net {

Receipts::Verdict Receipts::Look(uint64_t session, uint64_t sequence, uint64_t settled) {
  const std::lock_guard<SpinLock> lock(lock_);
  if (sessions_.size() >= kSessionsMax && !sessions_.contains(session)) ForgetOne();
  Session& known = sessions_[session];
  known.used = ++looks_;
  if (settled > known.settled) {
    known.settled = settled;
    known.here.erase(known.here.begin(), known.here.lower_bound(settled));
  }
  if (sequence < known.settled || known.here.contains(sequence)) return Verdict::kHere;
  return known.here.size() < kOpenMax ? Verdict::kNew : Verdict::kTooMany;
}

void Receipts::Keep(uint64_t session, uint64_t sequence) {
  const std::lock_guard<SpinLock> lock(lock_);
  Session& known = sessions_[session];
  if (sequence >= known.settled) known.here.insert(sequence);
}

size_t Receipts::sessions() const {
  const std::lock_guard<SpinLock> lock(lock_);
  return sessions_.size();
}

void Receipts::ForgetOne() {
  sessions_.erase(
      std::min_element(sessions_.begin(), sessions_.end(),
                       [](const auto& a, const auto& b) { return a.second.used < b.second.used; }));
}

}  // namespace rehearse::net
