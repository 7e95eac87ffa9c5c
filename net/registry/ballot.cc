#include "rehearse/net/registry/ballot.h"

#include <algorithm>
#include <map>
#include <utility>

#include "rehearse/net/registry/name_validator.h"

namespace rehearse::net {

const Claimant* Ballot::Find(const PeerId& peer) const {
  const auto at = std::find_if(claimants.begin(), claimants.end(), [&peer](const Claimant& one) {
    return one.latest.peer == peer;
  });
  return at == claimants.end() ? nullptr : &*at;
}

Ballot CountBallot(absl::string_view name, const std::vector<std::string>& values, absl::Time now,
                   absl::FunctionRef<bool(const SignedRegistration&)> believed) {
  Ballot ballot;
  const std::string key = UniqueNameKey(name);
  std::map<PeerId, std::vector<SignedRegistration>> by_peer;
  for (const std::string& value : values) {
    if (value.empty()) continue;
    absl::StatusOr<SignedRegistration> opened = OpenUnderKey(key, value);
    if (!opened.ok() || !believed(*opened)) continue;
    ballot.token_seen = std::max(ballot.token_seen, opened->registration.token);
    by_peer[opened->peer].push_back(*std::move(opened));
  }
  for (auto& [peer, held] : by_peer) {
    const auto less = [](const auto& a, const auto& b) { return Compare(a, b) < 0; };
    const SignedRegistration latest = *std::max_element(held.begin(), held.end(), less);
    if (!latest.registration.IsLive(now)) continue;
    const auto of_claim = [&latest](const SignedRegistration& one) {
      return one.registration.token == latest.registration.token;
    };
    const auto holders = std::count_if(held.begin(), held.end(), of_claim);
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
