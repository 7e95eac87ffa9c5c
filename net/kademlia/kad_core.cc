#include "rehearse/net/kademlia/kad_core.h"

#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/net/kademlia/kad_message.h"

namespace rehearse::net {

using Guard = std::lock_guard<SpinLock>;

namespace {

// Who refuses is there; and whom this node itself did not ask has failed at nothing.
bool SaysNothingOfPeer(const absl::Status& status) {
  return absl::IsFailedPrecondition(status) || absl::IsResourceExhausted(status) ||
         absl::IsCancelled(status);
}

}  // namespace

KadCore::KadCore(KadPeer self, const RecordValidators& validators, KadCalls& calls,
                 const Clock& clock, const KadCoreOptions& options)
    : self_(std::move(self)),
      key_(NodeKey::Of(self_.id)),
      validators_(validators),
      calls_(calls),
      clock_(clock),
      options_(options),
      table_(key_, options.table),
      store_(key_, validators, options.store),
      service_(self_, table_, store_, options.service) {}

absl::StatusOr<std::optional<std::string>> KadCore::OnRequest(const KadPeer& from, bool serves,
                                                              absl::string_view request) {
  if (!options_.serves) {
    return absl::FailedPreconditionError(
        absl::StrCat("kademlia: ", self_.id.ToString(), " is a client and answers no requests"));
  }
  if (serves) OnServer(from);
  const Guard lock(lock_);
  return service_.Answer(from, request, clock_.Now());
}

void KadCore::OnServer(const KadPeer& peer) {
  const NodeKey key = NodeKey::Of(peer.id);
  if (const std::optional<KadPeer> stalest = Offer(peer, key)) Check(*stalest);
}

std::optional<KadPeer> KadCore::Offer(const KadPeer& peer, const NodeKey& key) {
  if (peer.addresses.empty()) return std::nullopt;
  const Instant now = clock_.Now();
  const Guard lock(lock_);
  if (table_.Offer(peer, key, now) != TableOffer::kWaiting) return std::nullopt;
  if (checks_ >= options_.checks_max) return std::nullopt;
  std::optional<KadPeer> stalest = table_.StalestBeside(key, now + -options_.check_after);
  if (stalest.has_value()) ++checks_;
  return stalest;
}

void KadCore::Check(const KadPeer& stalest) {
  const NodeKey key = NodeKey::Of(stalest.id);
  KadMessage question{.type = KadType::kFindNode, .key = std::string(stalest.id.bytes())};
  calls_.Call(stalest, *question.Encode(), KadCalls::Answered::kYes,
              DeadlineIn(options_.request_timeout),
              [self = shared_from_this(), stalest, key](absl::StatusOr<std::string> answer) {
                self->OnAnswer(stalest, key, answer.status());
                const Guard lock(self->lock_);
                --self->checks_;
              });
}

void KadCore::Ask(const KadPeer& to, const NodeKey& key, std::string request,
                  KadCalls::Answered answered, uint32_t tag, std::shared_ptr<Questions::Box> box) {
  calls_.Call(to, std::move(request), answered, DeadlineIn(options_.request_timeout),
              [self = shared_from_this(), to, key, tag,
               box = std::move(box)](absl::StatusOr<std::string> answer) {
                self->OnAnswer(to, key, answer.status());
                box->Put({tag, std::move(answer)});
              });
}

void KadCore::OnAnswer(const KadPeer& peer, const NodeKey& key, const absl::Status& status) {
  if (status.ok()) {
    // No check here: one answer would bring forth the next question for ever.
    if (peer.addresses.empty()) return;
    const Guard lock(lock_);
    table_.Offer(peer, key, clock_.Now());
    return;
  }
  if (SaysNothingOfPeer(status)) return;
  const Guard lock(lock_);
  table_.OnFailure(key);
}

std::vector<KadPeer> KadCore::Nearest(const NodeKey& target, size_t count) {
  std::vector<KadPeer> peers;
  const Guard lock(lock_);
  for (const KadPeer* peer : table_.Nearest(target, count)) peers.push_back(*peer);
  return peers;
}

std::vector<KadPeer> KadCore::KnownPeers() {
  const Guard lock(lock_);
  return table_.All();
}

void KadCore::DropExpired() {
  const Guard lock(lock_);
  store_.DropExpired(clock_.Now());
}

std::vector<KadRecord> KadCore::NotStoredSince(Instant before) {
  const Guard lock(lock_);
  return store_.NotStoredSince(before, clock_.Now());
}

absl::Status KadCore::StoreOwn(const KadRecord& record) {
  const Guard lock(lock_);
  return store_.PutValue(self_.id, record, clock_.Now());
}

std::optional<KadRecord> KadCore::Held(absl::string_view key) {
  const Guard lock(lock_);
  return store_.Value(key, clock_.Now());
}

std::vector<KadPeer> KadCore::HeldProviders(absl::string_view key) {
  const Guard lock(lock_);
  return store_.Providers(key, clock_.Now());
}

std::vector<int> KadCore::BucketsNotRefreshedSince(Instant before) {
  std::vector<int> buckets;
  const Guard lock(lock_);
  for (int bucket = 0; bucket < table_.FarBuckets(); ++bucket) {
    if (table_.refreshed(bucket) <= before) buckets.push_back(bucket);
  }
  return buckets;
}

void KadCore::MarkLookedUp(const NodeKey& target) {
  if (target == key_) return;
  const Guard lock(lock_);
  table_.MarkRefreshed(table_.BucketOf(target), clock_.Now());
}

size_t KadCore::peers() {
  const Guard lock(lock_);
  return table_.size();
}

KadServiceCounters KadCore::counters() {
  const Guard lock(lock_);
  return service_.counters();
}

}  // namespace rehearse::net
