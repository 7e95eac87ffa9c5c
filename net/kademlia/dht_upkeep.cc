// What a Dht does by itself: join, refresh, publish again, pass on.

#include <algorithm>
#include <mutex>
#include <utility>

#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/net/kademlia/dht.h"

namespace rehearse::net {
namespace {

using Guard = std::lock_guard<SpinLock>;

// A bucket is found by trying: this one in 2^11 of all keys on average, with room for bad luck.
constexpr int kRefreshedBucketMax = 10;
constexpr int kTriesMax = 1 << 15;

bool GoOn(Lookup::Candidate, const KadMessage&) { return true; }

// A failed lookup is no reason to end upkeep; being stopped is.
absl::Status UnlessCancelled(const absl::Status& status) {
  return absl::IsCancelled(status) ? status : absl::OkStatus();
}

}  // namespace

absl::Status Dht::Bootstrap(absl::Span<const KadPeer> peers) {
  {
    const Guard lock(lock_);
    bootstrap_.assign(peers.begin(), peers.end());
  }
  std::optional<Lookup> lookup;
  REHEARSE_RETURN_IF_ERROR(Walk(core_->self().id.bytes(), KadType::kFindNode, lookup, GoOn, peers));
  return Refresh(absl::ZeroDuration());
}

absl::Status Dht::Meet(const KadPeer& peer) {
  const bool was_alone = core_->peers() == 0;
  REHEARSE_ASSIGN_OR_RETURN(const size_t answered, AskForSelf({peer}));
  if (answered == 0) {
    return absl::UnavailableError(
        absl::StrCat("meet ", peer.id.ToString(), ": it does not answer"));
  }
  {
    const Guard lock(lock_);
    std::erase_if(met_, [&peer](const KadPeer& known) { return known.id == peer.id; });
    if (met_.size() >= kMetMax) met_.erase(met_.begin());
    met_.push_back(peer);
  }
  if (!was_alone) return absl::OkStatus();
  std::optional<Lookup> lookup;
  REHEARSE_RETURN_IF_ERROR(Walk(core_->self().id.bytes(), KadType::kFindNode, lookup, GoOn));
  return Refresh(absl::ZeroDuration());
}

absl::Status Dht::RunUpkeep() {
  const Clock& clock = core_->clock();
  Instant refresh = clock.Now() + Jittered(options_.refresh_every);
  Instant republish = clock.Now() + Jittered(options_.republish_every);
  Instant replicate = clock.Now() + Jittered(options_.replicate_every);
  Instant expire = clock.Now() + Jittered(options_.expire_every);
  Instant rejoin = clock.Now() + options_.rejoin_every;
  while (true) {
    REHEARSE_RETURN_IF_ERROR(SleepUntil(std::min({refresh, republish, replicate, expire, rejoin})));
    if (clock.Now() >= rejoin) {
      REHEARSE_RETURN_IF_ERROR(UnlessCancelled(Rejoin()));
      rejoin = clock.Now() + Jittered(options_.rejoin_every);
    }
    if (clock.Now() >= expire) {
      core_->DropExpired();
      expire = clock.Now() + options_.expire_every;
    }
    if (clock.Now() >= refresh) {
      std::optional<Lookup> lookup;
      REHEARSE_RETURN_IF_ERROR(
          UnlessCancelled(Walk(core_->self().id.bytes(), KadType::kFindNode, lookup, GoOn)));
      REHEARSE_RETURN_IF_ERROR(UnlessCancelled(Refresh(options_.refresh_every)));
      refresh = clock.Now() + Jittered(options_.refresh_every);
    }
    if (clock.Now() >= republish) {
      REHEARSE_RETURN_IF_ERROR(UnlessCancelled(Republish()));
      republish = clock.Now() + Jittered(options_.republish_every);
    }
    if (clock.Now() >= replicate) {
      REHEARSE_RETURN_IF_ERROR(UnlessCancelled(Replicate()));
      replicate = clock.Now() + Jittered(options_.replicate_every);
    }
  }
}

// Far buckets alone: the lookup of the own id has just met the near ones (section 2.3 of the
// paper).
absl::Status Dht::Refresh(absl::Duration unless_within) {
  const Instant now = core_->clock().Now();
  for (const int bucket : core_->BucketsNotRefreshedSince(now + -unless_within)) {
    if (bucket > kRefreshedBucketMax) break;
    std::string looked_up;
    {
      Random random = [this] {
        const Guard lock(lock_);
        return random_.Split("refresh", random_.Next());
      }();
      looked_up = DrawLookedUpInBucket(core_->key(), bucket, kTriesMax, random);
    }
    if (looked_up.empty()) continue;
    std::optional<Lookup> lookup;
    REHEARSE_RETURN_IF_ERROR(UnlessCancelled(Walk(looked_up, KadType::kFindNode, lookup, GoOn)));
  }
  return absl::OkStatus();
}

absl::Status Dht::Republish() {
  std::vector<std::string> provided;
  std::vector<KadRecord> published;
  {
    const Guard lock(lock_);
    provided.assign(provided_.begin(), provided_.end());
    for (const auto& [key, value] : published_) published.push_back({.key = key, .value = value});
  }
  for (const std::string& key : provided) {
    REHEARSE_RETURN_IF_ERROR(UnlessCancelled(AnnounceProvider(key)));
  }
  for (const KadRecord& record : published) {
    if (!core_->StoreOwn(record).ok()) continue;  // expired, or there is a better one by now
    REHEARSE_RETURN_IF_ERROR(UnlessCancelled(StoreAtNearest(record, 1)));
  }
  return absl::OkStatus();
}

// With the lifetime that is left, so that nothing lives for ever by being passed on.
absl::Status Dht::Replicate() {
  const Instant before = core_->clock().Now() + -options_.replicate_every;
  for (const KadRecord& record : core_->NotStoredSince(before)) {
    REHEARSE_RETURN_IF_ERROR(UnlessCancelled(StoreAtNearest(record, 1)));
  }
  return absl::OkStatus();
}

absl::Status Dht::Rejoin() {
  std::vector<KadPeer> peers;
  {
    const Guard lock(lock_);
    peers = bootstrap_;
    peers.insert(peers.end(), met_.begin(), met_.end());
  }
  return AskForSelf(peers).status();
}

absl::StatusOr<size_t> Dht::AskForSelf(const std::vector<KadPeer>& peers) {
  const KadMessage question{.type = KadType::kFindNode,
                            .key = std::string(core_->self().id.bytes())};
  REHEARSE_ASSIGN_OR_RETURN(const std::string request, question.Encode());
  Questions questions(domain_.scheduler());
  for (const KadPeer& peer : peers) {
    core_->Ask(peer, NodeKey::Of(peer.id), request, KadCalls::Answered::kYes, 0, questions.Add());
  }
  size_t answered = 0;
  while (questions.open() > 0) {
    REHEARSE_ASSIGN_OR_RETURN(const Questions::Reply reply, questions.Next(Instant::Infinite()));
    if (reply.answer.ok()) ++answered;
  }
  return answered;
}

absl::Status Dht::SleepUntil(Instant reading) {
  Wait wait(domain_.scheduler(), "Upkeep");
  const WakeReason reason = wait.Until(core_->clock().ToTimebase(reading));
  if (reason == WakeReason::kDeadline) return absl::OkStatus();
  return WaitStatus(reason, "kademlia upkeep");
}

// Three quarters to five quarters of it, so that a network that was started at once spreads out.
absl::Duration Dht::Jittered(absl::Duration length) {
  const int64_t nanos = absl::ToInt64Nanoseconds(length);
  const Guard lock(lock_);
  return absl::Nanoseconds(random_.Between(nanos - nanos / 4, nanos + nanos / 4));
}

}  // namespace rehearse::net
