#include "rehearse/net/kademlia/request_budget.h"

#include <algorithm>

namespace rehearse::net {

bool RequestBudget::Take(const PeerId& peer, Instant now) {
  auto spent = spent_.find(peer);
  if (spent == spent_.end()) {
    if (!MakeRoom(now)) return false;
    spent = spent_.emplace(peer, now.nanos()).first;
  }
  const int64_t paid_back = std::max(spent->second, now.nanos()) + NanosEach();
  if (paid_back - now.nanos() > options_.burst * NanosEach()) return false;
  spent->second = paid_back;
  return true;
}

bool RequestBudget::MakeRoom(Instant now) {
  if (spent_.size() < std::min(forget_at_, options_.peers_max)) return true;
  absl::erase_if(spent_, [now](const auto& entry) { return entry.second <= now.nanos(); });
  forget_at_ = std::max(kForgetAtMin, 2 * spent_.size());
  return spent_.size() < options_.peers_max;
}

}  // namespace rehearse::net
