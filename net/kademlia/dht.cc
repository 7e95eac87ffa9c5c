#include "rehearse/net/kademlia/dht.h"

#include <algorithm>
#include <deque>
#include <mutex>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"

namespace rehearse::net {
namespace {

using Guard = std::lock_guard<SpinLock>;

bool GoOn(Lookup::Candidate, const KadMessage&) { return true; }

std::string Shown(absl::string_view key) {
  return absl::StrCat("\"", absl::CHexEscape(key.substr(0, 64)), "\"");
}

}  // namespace

// Until when those asked are waited for: for each as long, so that they are in order.
class Dht::Patience {
 public:
  void Begin(Lookup::Candidate candidate, Instant until) { asked_.push_back({candidate, until}); }

  // When the next one is slow, of those that have not answered; infinite if there is none.
  Instant next(const Lookup& lookup) {
    while (!asked_.empty() && !lookup.waiting(asked_.front().candidate)) asked_.pop_front();
    return asked_.empty() ? Instant::Infinite() : asked_.front().until;
  }
  // That one is.
  void End(Lookup& lookup) { lookup.OnSlow(asked_.front().candidate); }

 private:
  struct Asked {
    Lookup::Candidate candidate;
    Instant until;
  };
  std::deque<Asked> asked_;
};

absl::StatusOr<KadPeer> Dht::FindPeer(const PeerId& id, LookupReport* report) {
  if (id == core_->self().id) return core_->self();
  std::optional<Lookup> lookup;
  std::optional<KadPeer> found;
  const absl::Status walked =
      Walk(id.bytes(), KadType::kFindNode, lookup, [&](Lookup::Candidate from, const KadMessage&) {
        if (lookup->peer(from).id == id) found = lookup->peer(from);
        return !found.has_value();
      });
  Report(lookup, report);
  REHEARSE_RETURN_IF_ERROR(walked);
  if (found.has_value()) return *found;
  return absl::NotFoundError(absl::StrCat("find peer ", id.ToString(), ": ", lookup->asked(),
                                          " peers asked, and it has not answered"));
}

absl::StatusOr<std::vector<KadPeer>> Dht::FindNearest(absl::string_view key, LookupReport* report) {
  std::optional<Lookup> lookup;
  const absl::Status walked = Walk(key, KadType::kFindNode, lookup, GoOn);
  Report(lookup, report);
  REHEARSE_RETURN_IF_ERROR(walked);
  std::vector<KadPeer> peers;
  for (const Lookup::Candidate candidate : lookup->Nearest()) {
    peers.push_back(lookup->peer(candidate));
  }
  return peers;
}

absl::Status Dht::Provide(absl::string_view key) {
  if (key.empty() || key.size() > RecordStoreOptions().provider_key_bytes_max) {
    return absl::InvalidArgumentError(absl::StrCat("provide ", Shown(key), ": a key has 1 to ",
                                                   RecordStoreOptions().provider_key_bytes_max,
                                                   " bytes; provide its hash"));
  }
  {
    const Guard lock(lock_);
    provided_.insert(std::string(key));
  }
  return AnnounceProvider(std::string(key));
}

void Dht::StopProviding(absl::string_view key) {
  const Guard lock(lock_);
  if (const auto found = provided_.find(key); found != provided_.end()) provided_.erase(found);
}

absl::Status Dht::AnnounceProvider(const std::string& key) {
  std::optional<Lookup> lookup;
  REHEARSE_RETURN_IF_ERROR(WalkToStore(key, lookup));
  const KadMessage message{.type = KadType::kAddProvider, .key = key, .providers = {core_->self()}};
  REHEARSE_ASSIGN_OR_RETURN(const std::string request, message.Encode());
  REHEARSE_ASSIGN_OR_RETURN(
      const size_t told, SendToAll(*lookup, lookup->Nearest(), request, KadCalls::Answered::kNo));
  if (told > 0) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("provide ", Shown(key), ": none of the nearest peers could be told"));
}

absl::StatusOr<std::vector<KadPeer>> Dht::FindProviders(absl::string_view key, size_t enough,
                                                        LookupReport* report) {
  std::map<PeerId, KadPeer> found;
  for (const KadPeer& peer : core_->HeldProviders(key)) found.emplace(peer.id, peer);
  std::optional<Lookup> lookup;
  const absl::Status walked =
      Walk(key, KadType::kGetProviders, lookup, [&](Lookup::Candidate, const KadMessage& answer) {
        for (const KadPeer& peer : answer.providers) {
          found.emplace(peer.id, peer);
        }
        return found.size() < enough;
      });
  Report(lookup, report);
  if (found.empty()) REHEARSE_RETURN_IF_ERROR(walked);
  std::vector<KadPeer> providers;
  for (auto& [id, peer] : found) providers.push_back(std::move(peer));
  return providers;
}

absl::Status Dht::PutValue(absl::string_view key, absl::string_view value, size_t quorum) {
  const KadRecord record{.key = std::string(key), .value = std::string(value)};
  REHEARSE_RETURN_IF_ERROR(core_->StoreOwn(record));
  {
    const Guard lock(lock_);
    published_[record.key] = record.value;
  }
  return StoreAtNearest(record, quorum);
}

void Dht::StopPublishing(absl::string_view key) {
  const Guard lock(lock_);
  if (const auto found = published_.find(key); found != published_.end()) published_.erase(found);
}

absl::Status Dht::StoreAtNearest(const KadRecord& record, size_t quorum) {
  std::optional<Lookup> lookup;
  REHEARSE_RETURN_IF_ERROR(WalkToStore(record.key, lookup));
  KadMessage message{.type = KadType::kPutValue, .key = record.key};
  message.record = record;
  REHEARSE_ASSIGN_OR_RETURN(const std::string request, message.Encode());
  const std::vector<Lookup::Candidate> nearest = lookup->Nearest();
  REHEARSE_ASSIGN_OR_RETURN(const size_t stored,
                            SendToAll(*lookup, nearest, request, KadCalls::Answered::kYes));
  if (stored >= quorum) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("put ", Shown(record.key), ": ", stored, " of ",
                                             nearest.size(), " peers took it, ", quorum,
                                             " were asked for"));
}

absl::StatusOr<std::string> Dht::GetValue(absl::string_view key, size_t quorum,
                                          LookupReport* report) {
  Votes votes;
  if (const std::optional<KadRecord> held = core_->Held(key)) votes.best = held->value;
  std::optional<Lookup> lookup;
  const absl::Status walked =
      Walk(key, KadType::kGetValue, lookup, [&](Lookup::Candidate from, const KadMessage& answer) {
        if (answer.record.has_value() && answer.record->key == key) {
          Vote(key, answer.record->value, from, votes);
        }
        return votes.have_best.size() < quorum;
      });
  Report(lookup, report);
  if (votes.best.empty()) {
    REHEARSE_RETURN_IF_ERROR(walked);
    return absl::NotFoundError(absl::StrCat("get ", Shown(key), ": ", lookup->asked(),
                                            " peers asked, none has a valid value"));
  }
  if (walked.ok()) REHEARSE_RETURN_IF_ERROR(GiveBest(*lookup, key, votes));
  return votes.best;
}

void Dht::Vote(absl::string_view key, absl::string_view value, Lookup::Candidate from,
               Votes& votes) const {
  if (value == votes.best) {
    votes.have_best.insert(from);
    return;
  }
  const RecordValidators& validators = core_->validators();
  if (!validators.Validate(key, value).ok()) return;  // forged, or too old
  if (!votes.best.empty() && !validators.Wins(key, value, votes.best)) return;
  votes.best = std::string(value);
  votes.have_best = {from};
}

absl::Status Dht::GiveBest(const Lookup& lookup, absl::string_view key, const Votes& votes) {
  std::vector<Lookup::Candidate> lacking;
  for (const Lookup::Candidate candidate : lookup.Nearest()) {
    if (!votes.have_best.contains(candidate)) lacking.push_back(candidate);
  }
  if (lacking.empty()) return absl::OkStatus();
  KadMessage message{.type = KadType::kPutValue, .key = std::string(key)};
  message.record = KadRecord{.key = std::string(key), .value = votes.best};
  REHEARSE_ASSIGN_OR_RETURN(const std::string request, message.Encode());
  // Nobody waits: that the value was found does not depend on who else takes it.
  for (const Lookup::Candidate candidate : lacking) {
    core_->Ask(lookup.peer(candidate), lookup.key(candidate), request, KadCalls::Answered::kYes,
               candidate, std::make_shared<Questions::Box>());
  }
  return absl::OkStatus();
}

absl::Status Dht::Walk(absl::string_view key, KadType type, std::optional<Lookup>& lookup,
                       Visit visit, absl::Span<const KadPeer> extra_seeds) {
  const KadMessage question{.type = type, .key = std::string(key)};
  REHEARSE_ASSIGN_OR_RETURN(const std::string request, question.Encode());
  const NodeKey target = NodeKey::Of(key);
  lookup.emplace(target, core_->self().id, SeedsFor(target, extra_seeds), options_.lookup);
  core_->MarkLookedUp(target);
  const Instant deadline = core_->DeadlineIn(options_.lookup_timeout);
  Questions questions(domain_.scheduler());
  Patience patience;
  for (bool goes_on = true; goes_on;) {
    while (const std::optional<Lookup::Candidate> next = lookup->Next()) {
      core_->Ask(lookup->peer(*next), lookup->key(*next), request, KadCalls::Answered::kYes, *next,
                 questions.Add());
      patience.Begin(*next, core_->DeadlineIn(options_.slow_after));
    }
    if (lookup->done() || questions.open() == 0) break;
    REHEARSE_ASSIGN_OR_RETURN(goes_on, TakeReply(questions, patience, *lookup, deadline, visit));
  }
  if (lookup->asked() > lookup->failed()) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(NameOf(type), " ", Shown(key), ": ", lookup->asked(),
                                             " peers known, none answers"));
}

absl::Status Dht::WalkToStore(absl::string_view key, std::optional<Lookup>& lookup) {
  const absl::Status walked = Walk(key, KadType::kFindNode, lookup, GoOn);
  // A record that is stored with some, and not with the very nearest, is better than none.
  const bool some = absl::IsDeadlineExceeded(walked) && !lookup->Nearest().empty();
  return some ? absl::OkStatus() : walked;
}

absl::StatusOr<bool> Dht::TakeReply(Questions& questions, Patience& patience, Lookup& lookup,
                                    Instant deadline, Visit visit) {
  const Instant slow_at = patience.next(lookup);
  const absl::StatusOr<Questions::Reply> next = questions.Next(std::min(deadline, slow_at));
  if (absl::IsDeadlineExceeded(next.status()) && slow_at < deadline) {
    patience.End(lookup);
    return true;
  }
  REHEARSE_RETURN_IF_ERROR(next.status());
  const Questions::Reply& reply = *next;
  if (!reply.answer.ok()) {
    lookup.OnFailure(reply.tag);
    return true;
  }
  absl::StatusOr<KadMessage> answer =
      KadMessage::Decode(*reply.answer, [&lookup](const PeerId& id) { return !lookup.Knows(id); });
  if (!answer.ok()) {
    lookup.OnFailure(reply.tag);
    return true;
  }
  lookup.OnAnswer(reply.tag, std::move(answer->closer));
  return visit(reply.tag, *answer);
}

absl::StatusOr<size_t> Dht::SendToAll(const Lookup& lookup,
                                      const std::vector<Lookup::Candidate>& peers,
                                      const std::string& request, KadCalls::Answered answered) {
  Questions questions(domain_.scheduler());
  for (const Lookup::Candidate peer : peers) {
    core_->Ask(lookup.peer(peer), lookup.key(peer), request, answered, peer, questions.Add());
  }
  size_t count = 0;
  while (questions.open() > 0) {
    REHEARSE_ASSIGN_OR_RETURN(const Questions::Reply reply, questions.Next(Instant::Infinite()));
    if (reply.answer.ok()) ++count;
  }
  return count;
}

std::vector<KadPeer> Dht::SeedsFor(const NodeKey& target, absl::Span<const KadPeer> extra) {
  std::vector<KadPeer> seeds = core_->Nearest(target, options_.lookup.k);
  seeds.insert(seeds.end(), extra.begin(), extra.end());
  if (!seeds.empty()) return seeds;
  const Guard lock(lock_);
  seeds = bootstrap_;
  seeds.insert(seeds.end(), met_.begin(), met_.end());
  return seeds;
}

void Dht::Report(const std::optional<Lookup>& lookup, LookupReport* report) const {
  if (report == nullptr || !lookup.has_value()) return;
  *report = {.asked = lookup->asked(), .failed = lookup->failed() + lookup->slow()};
  const std::vector<Lookup::Candidate> nearest = lookup->Nearest();
  if (!nearest.empty()) report->hops = lookup->hops(nearest.front());
}

}  // namespace rehearse::net
