#include "rehearse/net/membership/membership_core.h"

#include <algorithm>
#include <utility>

namespace rehearse::net {

MembershipCore::MembershipCore(Member self, const MembershipOptions& options, Random random,
                               Sign sign, Instant now)
    : options_(options),
      sign_(std::move(sign)),
      random_(random.Split("core")),
      self_(std::move(self)),
      table_(options.members_max),
      rumours_(options.transmits),
      order_(random.Split("order")),
      time_(now) {
  SayOfSelf(MemberState::kAlive);
  const int64_t nanos = absl::ToInt64Nanoseconds(options_.period);
  period_end_ = time_ + absl::Nanoseconds(random_.Between(0, nanos));
}

void MembershipCore::SetBootstrap(std::vector<std::string> addresses) {
  bootstrap_ = std::move(addresses);
  std::erase(bootstrap_, self_.address);
  if (bootstrap_.size() > options_.bootstrap_max) bootstrap_.resize(options_.bootstrap_max);
  SeekOthers();
}

void MembershipCore::SeekAt(const std::string& address) {
  if (address == self_.address) return;
  std::erase(found_, address);
  if (!found_.empty() && found_.size() >= options_.found_max) found_.erase(found_.begin());
  found_.push_back(address);
  SendTo(address, FullFrame(GossipKind::Sync, ++sequence_));
}

// A node that stood still has heard nothing, and has answered nobody. So much is known of others
// as before.
Instant MembershipCore::TimeAt(Instant now) {
  const absl::Duration late = now - next_tick();
  if (late > options_.period / 2) {
    stood_still_ += late;
    ++counters_.late;
  }
  time_ = std::max(time_, now + -stood_still_);
  return time_;
}

Instant MembershipCore::next_tick() const {
  Instant next = leaving_ ? leave_retry_ : period_end_;
  if (!leaving_ && probe_.has_value()) next = std::min(next, probe_->ask_helpers);
  for (const auto& [name, suspicion] : suspicions_) next = std::min(next, suspicion.deadline());
  for (const auto& [sequence, relay] : relays_) next = std::min(next, relay.deadline);
  return next + stood_still_;
}

std::vector<GossipSend> MembershipCore::TakeSends() { return std::exchange(sends_, {}); }

void MembershipCore::OnFrame(const std::string& from, uint64_t link, const GossipFrame& frame,
                             Instant now) {
  TimeAt(now);
  for (const MemberWord& word : frame.members) Hear(word);
  HearRecords(frame);
  switch (frame.kind) {
    case GossipKind::Ping: return OnPing(from, link, frame);
    case GossipKind::PingRequest: return OnPingRequest(from, link, frame);
    case GossipKind::Ack: return OnAck(from, frame);
    case GossipKind::Nack:
      if (probe_.has_value() && frame.sequence == probe_->sequence &&
          probe_->helpers.contains(from)) {
        ++probe_->nacks;
      }
      return;
    case GossipKind::Sync: return OnSync(from, link, frame);
    case GossipKind::SyncAnswer: return OnSyncAnswer(from, frame);
    default: return;
  }
}

void MembershipCore::OnSync(const std::string& from, uint64_t link, const GossipFrame& frame) {
  GossipFrame answer = FullFrame(GossipKind::SyncAnswer, frame.sequence);
  if (records_ != nullptr) records_->AddMissing(frame, answer);
  Send(from, link, std::move(answer));
}

void MembershipCore::OnSyncAnswer(const std::string& from, const GossipFrame& frame) {
  if (records_ == nullptr || from.empty()) return;
  if (!frame.wanted.empty()) {
    GossipFrame wanted = NewFrame(GossipKind::Records, frame.sequence);
    records_->AddWanted(frame, wanted);
    Send(from, 0, std::move(wanted));
  }
  if (records_->IsFull(frame)) Sync(from);
}

void MembershipCore::OnPing(const std::string& from, uint64_t link, const GossipFrame& frame) {
  GossipFrame ack = NewFrame(GossipKind::Ack, frame.sequence);
  if (records_ != nullptr) records_->AddGroups(frame, ack);
  Send(from, link, std::move(ack));
}

// --- Records.

void MembershipCore::HearRecords(const GossipFrame& frame) {
  if (records_ == nullptr) return;
  for (const GossipRecord& record : frame.records) Put(record);
}

void MembershipCore::Put(const GossipRecord& record) {
  if (records_->Merge(record)) ++version_;
}

uint64_t MembershipCore::Claim(const std::string& key, absl::string_view only, Instant now) {
  TimeAt(now);
  GossipFrame claim = NewFrame(GossipKind::Ping, ++sequence_);
  const uint64_t number = sequence_;
  if (const std::string* const value = records_->Find(key)) claim.records.push_back({key, *value});
  Claimed& claimed = claims_[number];
  for (const auto& [name, known] : table_.all()) {
    if (!known.member.present() || name == self_.name) continue;
    if (!only.empty() && name != only) continue;
    ++claimed.told;
    Send(name, 0, claim);
  }
  return number;
}

MembershipCore::ClaimState MembershipCore::claim(uint64_t number) const {
  const auto at = claims_.find(number);
  if (at == claims_.end()) return {};
  return {at->second.told, at->second.heard.size()};
}

// --- What is said.

bool MembershipCore::IsNews(const MemberWord& word) const {
  const KnownMember* const known = table_.Find(word.name);
  return known == nullptr || RankOf(MemberOf(AsHeard(word))) > RankOf(known->member);
}

// Nobody who is present is dead by another's word.
MemberWord MembershipCore::AsHeard(MemberWord word) const {
  const KnownMember* const known = table_.Find(word.name);
  const bool is_said_dead = word.state == static_cast<uint8_t>(MemberState::kDead);
  if (is_said_dead && known != nullptr && known->member.present()) {
    word.state = static_cast<uint8_t>(MemberState::kSuspect);
  }
  return word;
}

void MembershipCore::Hear(const MemberWord& word) {
  if (word.name == self_.name) return HearOfSelf(word);
  Take(AsHeard(word));
}

void MembershipCore::Take(const MemberWord& word) {
  const KnownMember* const known = table_.Find(word.name);
  const bool was_present = known != nullptr && known->member.present();
  switch (table_.Merge(word, time_)) {
    case MemberTable::Verdict::kNews: return OnNews(word.name, was_present);
    case MemberTable::Verdict::kOld: return OnOld(word);
    case MemberTable::Verdict::kStranger: return;
    case MemberTable::Verdict::kConflict: ++counters_.conflicts; return;
    default: ++counters_.refused;
  }
}

void MembershipCore::HearOfSelf(const MemberWord& word) {
  if (word.life > self_.life) {
    ++counters_.conflicts;  // this life of the node is over, or another has its name
    return;
  }
  const Member said = MemberOf(word);
  if (leaving_ || RankOf(said) <= RankOf(self_)) return;
  if (said.incarnation - self_.incarnation >= MemberTable::kIncarnationStepMax) return;
  ++counters_.refuted;
  FeelWorse(1);
  self_.incarnation = said.incarnation + 1;
  SayOfSelf(MemberState::kAlive);
}

void MembershipCore::SayOfSelf(MemberState state) {
  self_.state = state;
  MemberWord word{.name = self_.name,
                  .address = self_.address,
                  .life = self_.life,
                  .incarnation = self_.incarnation,
                  .state = static_cast<uint8_t>(state)};
  if (sign_ != nullptr) word.proof = sign_(word);
  table_.Merge(word, time_);
  rumours_.Add(self_.name);
  ++version_;
}

void MembershipCore::OnNews(const std::string& name, bool was_present) {
  ++version_;
  rumours_.Add(name);
  suspicions_.erase(name);
  const KnownMember& known = *table_.Find(name);
  if (known.member.present() != was_present) {
    if (was_present) {
      order_.Remove(name);
    } else {
      order_.Add(name);
    }
  }
  if (known.member.state == MemberState::kSuspect)
    suspicions_.emplace(name, NewSuspicion(known.by));
}

// A suspicion that another shares is told as often as a new one, so that it ends sooner everywhere.
void MembershipCore::OnOld(const MemberWord& word) {
  const auto suspicion = suspicions_.find(word.name);
  if (suspicion == suspicions_.end()) return;
  const KnownMember& known = *table_.Find(word.name);
  const KnownMember* const by = table_.Find(word.by);
  if (by == nullptr || !by->member.present()) return;
  if (RankOf(MemberOf(word)) != RankOf(known.member) || !suspicion->second.Confirm(word.by)) return;
  table_.SetBy(word.name, word.by);
  rumours_.Add(word.name);
}

// --- Frames.

GossipFrame MembershipCore::NewFrame(GossipKind kind, uint64_t sequence) const {
  GossipFrame frame;
  frame.kind = kind;
  frame.sequence = sequence;
  return frame;
}

GossipFrame MembershipCore::FullFrame(GossipKind kind, uint64_t sequence) const {
  GossipFrame frame = NewFrame(kind, sequence);
  frame.members.reserve(table_.all().size());
  for (const auto& [name, known] : table_.all()) frame.members.push_back(table_.WordOf(name));
  if (kind == GossipKind::Sync && records_ != nullptr) records_->AddDigests(frame);
  return frame;
}

// What is held against the receiver comes first, so that it can refute it at once (Lifeguard's
// buddy system).
void MembershipCore::AddWords(const std::string& to, GossipFrame& frame) {
  const KnownMember* const receiver = table_.Find(to);
  if (receiver != nullptr && receiver->member.state != MemberState::kAlive) {
    frame.members.push_back(table_.WordOf(to));
  }
  rumours_.Pick(table_.present(), [&](const std::string& name) {
    if (frame.members.size() >= options_.words_per_frame) return false;
    if (table_.Find(name) != nullptr && name != to) frame.members.push_back(table_.WordOf(name));
    return true;
  });
}

void MembershipCore::Send(const std::string& to, uint64_t link, GossipFrame frame) {
  const bool is_full = frame.kind == GossipKind::Sync || frame.kind == GossipKind::SyncAnswer;
  if (!is_full) AddWords(to, frame);
  if (!is_full && records_ != nullptr) records_->AddRumours(table_.present(), frame);
  ++counters_.sent;
  counters_.words_sent += frame.members.size();
  const KnownMember* const known = table_.Find(to);
  sends_.push_back({to, known == nullptr ? "" : known->member.address, link, std::move(frame)});
}

void MembershipCore::SendTo(const std::string& address, GossipFrame frame) {
  ++counters_.sent;
  counters_.words_sent += frame.members.size();
  sends_.push_back({"", address, 0, std::move(frame)});
}

void MembershipCore::Sync(const std::string& to) {
  Send(to, 0, FullFrame(GossipKind::Sync, ++sequence_));
}

}  // namespace rehearse::net
