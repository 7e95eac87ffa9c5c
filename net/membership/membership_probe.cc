// How a member finds out who is there: pings, by itself and through others, and suspicions.

#include <algorithm>
#include <bit>
#include <utility>

#include "rehearse/net/membership/membership_core.h"

namespace rehearse::net {

void MembershipCore::Tick(Instant now) {
  TimeAt(now);
  EndSuspicions();
  EndRelays();
  if (leaving_) {
    if (time_ >= leave_retry_) TellOfLeave();
    return;
  }
  if (probe_.has_value() && time_ >= probe_->ask_helpers) AskHelpers();
  if (time_ < period_end_) return;
  EndProbe();
  StartPeriod();
}

void MembershipCore::StartPeriod() {
  ++counters_.periods;
  period_end_ = time_ + Slowed(options_.period);
  table_.Forget(time_ + -options_.forget_after, self_.name);
  SeekOthers();
  std::string target = order_.Next();
  if (target.empty()) return;
  if (random_.Chance({1, options_.sync_every})) Sync(order_.Draw(1, "").front());
  probe_.emplace(Probe{.target = std::move(target),
                       .sequence = ++sequence_,
                       .ask_helpers = time_ + Slowed(options_.ping_timeout)});
  Send(probe_->target, 0, NewFrame(GossipKind::Ping, probe_->sequence));
}

// A node that is alone tries all that it was told; others one of them now and then, for two halves
// of a cluster may never have met.
void MembershipCore::SeekAtBootstrap() {
  std::vector<std::string> places = bootstrap_;
  places.insert(places.end(), found_.begin(), found_.end());
  if (places.empty()) return;
  if (table_.present() <= 1) {
    for (const std::string& address : places) {
      SendTo(address, FullFrame(GossipKind::Sync, ++sequence_));
    }
  } else if (random_.Chance({1, options_.sync_every})) {
    const std::string& address = places[random_.Below(places.size())];
    SendTo(address, FullFrame(GossipKind::Sync, ++sequence_));
  }
}

// One of the dead may have come back without hearing of us. The fewer they are, the seldomer each
// member looks for one, so that all of them together make about one attempt in `retry_every`
// periods for each that is dead.
void MembershipCore::SeekOthers() {
  SeekAtBootstrap();
  std::vector<const std::string*> dead;
  for (const auto& [name, known] : table_.all()) {
    if (known.member.state == MemberState::kDead) dead.push_back(&name);
  }
  if (dead.empty()) return;
  if (!random_.Chance({dead.size(), table_.present() * options_.retry_every})) return;
  Sync(*dead[random_.Below(dead.size())]);
}

void MembershipCore::AskHelpers() {
  probe_->ask_helpers = Instant::Infinite();
  if (probe_->acked) return;
  for (std::string& helper : order_.Draw(options_.helpers, probe_->target)) {
    GossipFrame request = NewFrame(GossipKind::PingRequest, probe_->sequence);
    request.target = probe_->target;
    Send(helper, 0, std::move(request));
    probe_->helpers.insert(std::move(helper));
  }
}

// Helpers that say nothing at all are a sign that it is this node that does badly.
void MembershipCore::EndProbe() {
  if (!probe_.has_value()) return;
  const Probe probe = *std::exchange(probe_, std::nullopt);
  if (probe.acked) {
    health_ = std::max(health_ - 1, 0);
    return;
  }
  const size_t silent = probe.helpers.size() - std::min(probe.nacks, probe.helpers.size());
  FeelWorse(probe.helpers.empty() ? 1 : silent);
  Suspect(probe.target);
}

void MembershipCore::Suspect(const std::string& name) {
  const KnownMember* const known = table_.Find(name);
  if (known == nullptr || !known->member.present()) return;
  ++counters_.suspected;
  MemberWord word = table_.WordOf(name);
  word.state = static_cast<uint8_t>(MemberState::kSuspect);
  word.by = self_.name;
  Take(word);
}

void MembershipCore::EndSuspicions() {
  std::vector<std::string> over;
  for (const auto& [name, suspicion] : suspicions_) {
    if (suspicion.deadline() <= time_) over.push_back(name);
  }
  for (const std::string& name : over) {
    MemberWord word = table_.WordOf(name);
    word.state = static_cast<uint8_t>(MemberState::kDead);
    word.by = self_.name;
    Take(word);
  }
}

// log10 of the number of members, by way of log2, in thousandths; at least one whole.
Suspicion MembershipCore::NewSuspicion(const std::string& by) const {
  const int log2 = std::bit_width(table_.present());
  const int log10 = std::max(1000, log2 * 301);
  const absl::Duration shortest = options_.period * options_.suspicion_periods * log10 / 1000;
  const size_t others = table_.present() > 2 ? table_.present() - 2 : 0;
  return Suspicion(time_, by, others, shortest, shortest * options_.suspicion_factor);
}

void MembershipCore::FeelWorse(size_t by) {
  health_ = static_cast<int>(std::min<size_t>(static_cast<size_t>(health_) + by,
                                              static_cast<size_t>(options_.health_max)));
}

// --- Pings for others.

void MembershipCore::OnPingRequest(const std::string& from, uint64_t link,
                                   const GossipFrame& frame) {
  if (relays_.size() >= options_.relays_max) return;
  if (table_.Find(frame.target) == nullptr) {
    return Send(from, link, NewFrame(GossipKind::Nack, frame.sequence));
  }
  relays_.emplace(++sequence_, Relay{.asker = from,
                                     .link = link,
                                     .sequence = frame.sequence,
                                     .target = frame.target,
                                     .deadline = time_ + options_.ping_timeout});
  Send(frame.target, 0, NewFrame(GossipKind::Ping, sequence_));
}

void MembershipCore::EndRelays() {
  std::erase_if(relays_, [this](const auto& entry) {
    const Relay& relay = entry.second;
    if (relay.deadline > time_) return false;
    Send(relay.asker, relay.link, NewFrame(GossipKind::Nack, relay.sequence));
    return true;
  });
}

void MembershipCore::OnAck(const std::string& from, const GossipFrame& frame) {
  if (leave_pings_.contains(frame.sequence)) left_heard_ = true;
  const bool is_asked =
      probe_.has_value() && (from == probe_->target || probe_->helpers.contains(from));
  if (is_asked && frame.sequence == probe_->sequence) probe_->acked = true;
  if (const auto claim = claims_.find(frame.sequence); claim != claims_.end()) {
    claim->second.heard.insert(from);
    ++version_;
  }
  const auto relay = relays_.find(frame.sequence);
  if (relay == relays_.end() || relay->second.target != from) return;
  const Relay relayed = relay->second;
  relays_.erase(relay);
  Send(relayed.asker, relayed.link, NewFrame(GossipKind::Ack, relayed.sequence));
}

// --- Leaving.

void MembershipCore::Leave(Instant now) {
  TimeAt(now);
  if (std::exchange(leaving_, true)) return;
  probe_.reset();
  SayOfSelf(MemberState::kLeft);
  if (order_.size() == 0) left_heard_ = true;
  TellOfLeave();
}

void MembershipCore::TellOfLeave() {
  leave_retry_ = left_heard_ ? Instant::Infinite() : time_ + options_.ping_timeout;
  if (left_heard_) return;
  for (const std::string& name : order_.Draw(options_.helpers, "")) {
    GossipFrame ping = NewFrame(GossipKind::Ping, ++sequence_);
    ping.members.push_back(table_.WordOf(self_.name));
    leave_pings_.insert(sequence_);
    Send(name, 0, std::move(ping));
  }
}

}  // namespace rehearse::net
