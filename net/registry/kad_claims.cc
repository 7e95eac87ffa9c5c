// Unique names: who has which, and for how long.

#include <algorithm>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/registry/kad_names.h"

namespace rehearse::net {

using Guard = std::lock_guard<SpinLock>;

absl::StatusOr<KadNames::Poll> KadNames::PollOf(const std::string& name) {
  const std::string key = UniqueNameKey(name);
  absl::StatusOr<ValueSurvey> survey = dht_->SurveyValue(key);
  // A node that has never met another is the whole network.
  if (absl::IsUnavailable(survey.status()) && dht_->core().peers() == 0) survey = ValueSurvey();
  if (!survey.ok()) return survey.status();
  Poll poll;
  REHEARSE_ASSIGN_OR_RETURN(poll.now, node_.clock().WallTime());
  if (const auto own = dht_->core().Held(key)) {
    survey->nearest.push_back({dht_->core().self(), own->value});
  }
  std::vector<SignedRegistration> held;
  for (ValueSurvey::Holder& holder : survey->nearest) {
    if (holder.peer.id != identity_.peer_id()) poll.peers.push_back(std::move(holder.peer));
    if (holder.value.empty()) continue;
    absl::StatusOr<SignedRegistration> opened = validator_.Open(key, holder.value);
    if (opened.ok() && believed_(*opened)) held.push_back(*std::move(opened));
  }
  poll.ballot = CountBallot(held, poll.now);
  // Those that do not answer count against it.
  poll.electorate = 1 + std::max(survey->known, poll.peers.size());
  poll.quorum = std::max(options_.holders_min, poll.electorate / 2 + 1);
  return poll;
}

absl::StatusOr<size_t> KadNames::Spread(const std::string& key, const Registration& registration,
                                        const std::vector<KadPeer>& peers) {
  const KadRecord record{.key = key, .value = registration.Sign(identity_)};
  const size_t own = dht_->core().StoreOwn(record).ok() ? 1 : 0;
  if (peers.empty()) return own;
  REHEARSE_ASSIGN_OR_RETURN(const size_t others, dht_->StoreAt(peers, record));
  return own + others;
}

absl::StatusOr<KadNames::Claim> KadNames::TryClaim(const std::string& name,
                                                   const std::vector<NamedActor>& actors) {
  REHEARSE_ASSIGN_OR_RETURN(const Poll poll, PollOf(name));
  Claim claim;
  claim.quorum = poll.quorum;
  for (const Claimant& claimant : poll.ballot.claimants) {
    if (claimant.latest.peer == identity_.peer_id()) continue;
    claim.rival = claimant.latest.registration.node;
    return claim;
  }
  const std::string key = UniqueNameKey(name);
  Registration registration = Made({false, name}, actors, poll.now);
  registration.token = NextToken(poll.ballot.token_seen, poll.now, identity_.peer_id());
  REHEARSE_ASSIGN_OR_RETURN(claim.took, Spread(key, registration, poll.peers));
  if (claim.took >= poll.quorum) {
    claim.token = registration.token;
    claim.until = registration.expires;
    return claim;
  }
  // Those that took it are free for others again.
  Registration withdrawal = Made({false, name}, {}, poll.now);
  withdrawal.token = registration.token;
  REHEARSE_RETURN_IF_ERROR(Spread(key, withdrawal, poll.peers).status());
  return claim;
}

absl::Status KadNames::RenewUnique(const std::string& name, const Own& own) {
  REHEARSE_ASSIGN_OR_RETURN(const Poll poll, PollOf(name));
  const Claimant* const mine = poll.ballot.Find(identity_.peer_id());
  const size_t my_holders = mine == nullptr ? 0 : mine->holders;
  bool rivalled = false;
  for (const Claimant& claimant : poll.ballot.claimants) {
    if (claimant.latest.peer == identity_.peer_id()) continue;
    const Registration& rival = claimant.latest.registration;
    const bool has_more = claimant.holders > my_holders;
    const bool is_later = claimant.holders == my_holders && rival.token > own.token;
    rivalled = true;
    if (has_more || is_later) {
      Lose(name, own, rival.node);
      return absl::OkStatus();
    }
  }
  if (poll.now >= own.until && !rivalled) return ClaimAgain(name, own);
  Registration registration = Made({false, name}, own.actors, poll.now);
  registration.token = own.token;
  registration.token = TokenAmong(poll, own.token);
  REHEARSE_ASSIGN_OR_RETURN(const size_t took,
                            Spread(UniqueNameKey(name), registration, poll.peers));
  Note(name, own, registration.token, took >= poll.quorum ? registration.expires : own.until);
  return absl::OkStatus();
}

// Ours, or a greater one if another has had the name while this node was cut off: it may have shown
// its own to what tokens guard, also if its claim is over since. Who shows great tokens for nothing
// drives ours no further than that others take it.
uint64_t KadNames::TokenAmong(const Poll& poll, uint64_t ours) const {
  if (poll.ballot.token_seen <= ours) return ours;
  const uint64_t next = NextToken(poll.ballot.token_seen, poll.now, identity_.peer_id());
  return ClaimTimeOf(next) > poll.now + options_.token_ahead_max ? ours : next;
}

// Too few have renewed it in time: others may have had the name since.
absl::Status KadNames::ClaimAgain(const std::string& name, const Own& own) {
  REHEARSE_ASSIGN_OR_RETURN(const Claim claim, TryClaim(name, own.actors));
  if (!claim.rival.empty()) Lose(name, own, claim.rival);
  if (claim.token != 0) Note(name, own, claim.token, claim.until);
  return absl::OkStatus();
}

void KadNames::Note(const std::string& name, const Own& before, uint64_t token, absl::Time until) {
  {
    const Guard lock(lock_);
    const auto at = own_.find({false, name});
    if (at == own_.end() || at->second.token != before.token) return;
    at->second.token = token;
    at->second.until = until;
  }
  if (token != before.token) LookNow(name);
}

void KadNames::Lose(const std::string& name, const Own& own, absl::string_view to) {
  {
    const Guard lock(lock_);
    const auto at = own_.find({false, name});
    if (at == own_.end() || at->second.token != own.token) return;
    own_.erase(at);
    cache_.erase({false, name});
  }
  node_.log().Write(Severity::kWarning,
                    absl::StrCat("the name ", name, " is ", to, "'s now, and no longer ours"));
  Withdraw({false, name}, own.token).IgnoreError();
  LookNow(name);
}

}  // namespace rehearse::net
