#include "rehearse/net/registry/ballot.h"

#include <algorithm>
#include <map>

namespace rehearse::net {

const Claimant* Ballot::Find(const PeerId& peer) const {
  const auto at = std::find_if(claimants.begin(), claimants.end(), [&peer](const Claimant& one) {
    return one.latest.peer == peer;
  });
  return at == claimants.end() ? nullptr : &*at;
}

Ballot CountBallot(const std::vector<SignedRegistration>& held, absl::Time now) {
  Ballot ballot;
  std::map<PeerId, std::vector<SignedRegistration>> by_peer;
  for (const SignedRegistration& one : held) {
    ballot.token_seen = std::max(ballot.token_seen, one.registration.token);
    by_peer[one.peer].push_back(one);
  }
  for (const auto& [peer, its] : by_peer) {
    const auto less = [](const auto& a, const auto& b) { return Compare(a, b) < 0; };
    const SignedRegistration latest = *std::max_element(its.begin(), its.end(), less);
    if (!latest.registration.IsLive(now)) continue;
    const auto of_claim = [&latest](const SignedRegistration& one) {
      return one.registration.token == latest.registration.token;
    };
    const auto holders = std::count_if(its.begin(), its.end(), of_claim);
    ballot.claimants.push_back({latest, static_cast<size_t>(holders)});
  }
  std::sort(ballot.claimants.begin(), ballot.claimants.end(),
            [](const Claimant& a, const Claimant& b) {
              if (a.holders != b.holders) return a.holders > b.holders;
              return Compare(a.latest, b.latest) > 0;
            });
  return ballot;
}

}  // namespace rehearse::net
