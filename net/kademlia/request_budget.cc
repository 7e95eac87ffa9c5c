#include "rehearse/net/kademlia/request_budget.h"

#include <algorithm>

namespace rehearse::net {

bool RequestBudget::Take(const PeerId& peer, Instant now) {
  auto spent = spent_.find(peer.bytes());
  if (spent == spent_.end()) {
    if (spent_.size() >= options_.peers_max && !ForgetPaid(now)) return false;
    spent = spent_.emplace(peer.bytes(), now.nanos()).first;
  }
  const int64_t paid_back = std::max(spent->second, now.nanos()) + NanosEach();
  if (paid_back - now.nanos() > options_.burst * NanosEach()) return false;
  spent->second = paid_back;
  return true;
}

bool RequestBudget::ForgetPaid(Instant now) {
  return absl::erase_if(spent_, [now](const auto& entry) { return entry.second <= now.nanos(); }) >
         0;
}

}  // namespace rehearse::net
