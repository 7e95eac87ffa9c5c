// Values whose readers decide by what many hold, rather than by the best of them.

#include <algorithm>
#include <utility>

#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/kademlia/dht.h"

namespace rehearse::net {

absl::StatusOr<ValueSurvey> Dht::SurveyValue(absl::string_view key, LookupReport* report) {
  std::map<Lookup::Candidate, std::string> values;
  std::optional<Lookup> lookup;
  const RecordValidators& validators = core_->validators();
  const absl::Status walked =
      Walk(key, KadType::kGetValue, lookup, [&](Lookup::Candidate from, const KadMessage& answer) {
        if (answer.record.has_value() && answer.record->key == key &&
            validators.Validate(key, answer.record->value).ok()) {
          values[from] = answer.record->value;
        }
        return true;
      });
  Report(lookup, report);
  REHEARSE_RETURN_IF_ERROR(walked);
  ValueSurvey survey;
  for (const Lookup::Candidate candidate : lookup->Nearest()) {
    survey.nearest.push_back({lookup->peer(candidate), std::move(values[candidate])});
  }
  survey.known = std::min(options_.lookup.k, std::max(core_->peers(), lookup->candidates()));
  return survey;
}

absl::StatusOr<size_t> Dht::StoreAt(const std::vector<KadPeer>& peers, const KadRecord& record) {
  KadMessage message{.type = KadType::kPutValue, .key = record.key};
  message.record = record;
  REHEARSE_ASSIGN_OR_RETURN(const std::string request, message.Encode());
  Questions questions(domain_.scheduler());
  for (const KadPeer& peer : peers) {
    core_->Ask(peer, NodeKey::Of(peer.id), request, KadCalls::Answered::kYes, 0, questions.Add());
  }
  size_t stored = 0;
  while (questions.open() > 0) {
    REHEARSE_ASSIGN_OR_RETURN(const Questions::Reply reply, questions.Next(Instant::Infinite()));
    if (reply.answer.ok()) ++stored;
  }
  return stored;
}

absl::StatusOr<std::vector<std::string>> Dht::ValuesOf(const std::vector<KadPeer>& peers,
                                                       const std::vector<std::string>& keys) {
  Questions questions(domain_.scheduler());
  for (size_t i = 0; i < peers.size(); ++i) {
    const KadMessage question{.type = KadType::kGetValue, .key = keys[i]};
    REHEARSE_ASSIGN_OR_RETURN(const std::string request, question.Encode());
    core_->Ask(peers[i], NodeKey::Of(peers[i].id), request, KadCalls::Answered::kYes,
               static_cast<uint32_t>(i), questions.Add());
  }
  std::vector<std::string> values(peers.size());
  while (questions.open() > 0) {
    REHEARSE_ASSIGN_OR_RETURN(const Questions::Reply reply, questions.Next(Instant::Infinite()));
    if (!reply.answer.ok()) continue;
    absl::StatusOr<KadMessage> answer = KadMessage::Decode(*reply.answer);
    const std::string& key = keys[reply.tag];
    if (!answer.ok() || !answer->record.has_value() || answer->record->key != key) continue;
    if (!core_->validators().Validate(key, answer->record->value).ok()) continue;
    values[reply.tag] = std::move(answer->record->value);
  }
  return values;
}

}  // namespace rehearse::net
