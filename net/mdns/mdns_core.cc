#include "rehearse/net/mdns/mdns_core.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace rehearse::net {
namespace {

// As long as the specification asks for.
constexpr size_t kLabelBytes = 32;

std::string DrawLabel(Random& random) {
  constexpr absl::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::string label;
  while (label.size() < kLabelBytes) label += kLetters[random.Below(kLetters.size())];
  return label;
}

bool IsAsked(const DnsQuestion& question, const DnsName& name, DnsType type) {
  return (question.type == type || question.type == DnsType::kAny) && question.name.Is(name);
}

// Nowhere that one could dial, or at this very host.
bool IsAnywhere(const Multiaddr& address) {
  const std::string& at = address.parts.front().value;
  return at == "0.0.0.0" || at == "::";
}
bool IsLoopback(const Multiaddr& address) {
  const MultiaddrPart& first = address.parts.front();
  return (first.protocol == "ip4" && absl::StartsWith(first.value, "127.")) ||
         (first.protocol == "ip6" && first.value == "::1");
}

}  // namespace

MdnsCore::MdnsCore(LanPeer self, std::vector<std::string> own_ips, const MdnsOptions& options,
                   Random random, Instant now)
    : self_(std::move(self)),
      own_ips_(std::move(own_ips)),
      options_(options),
      random_(random),
      label_(DrawLabel(random_)),
      peers_(options.peers),
      ask_at_(now + DrawBetween(options.delay_min, options.delay_max)),
      ask_every_(options.ask_every_min),
      answer_not_before_(now) {}

absl::Duration MdnsCore::DrawBetween(absl::Duration low, absl::Duration high) {
  return absl::Nanoseconds(
      random_.Between(absl::ToInt64Nanoseconds(low), absl::ToInt64Nanoseconds(high)));
}

Instant MdnsCore::next_tick() const {
  return left_ ? Instant::Infinite() : std::min(ask_at_, answer_at_);
}

void MdnsCore::Tick(Instant now) {
  if (left_) return;
  peers_.Drop(now);
  if (ask_at_ <= now) Ask(now);
  if (answer_at_ <= now) Answer(now);
}

// It answers itself, too, so that those that are there already find it (libp2p's specification).
void MdnsCore::Ask(Instant now) {
  Send(PeersQuestion());
  ++counters_.questions;
  ask_at_ = now + DrawBetween(ask_every_ * 3 / 4, ask_every_);
  ask_every_ = std::min(ask_every_ * 2, options_.ask_every_max);
  OnQuestion(PeersQuestion().questions.front(), now);
}

void MdnsCore::OnQuestion(const DnsQuestion& question, Instant now) {
  if (self_.addresses.empty()) return;
  const bool asks_service = IsAsked(question, ServiceListName(), DnsType::kPtr);
  const bool asks_self = IsAsked(question, PeerServiceName(), DnsType::kPtr) ||
                         IsAsked(question, PeerName(label_), DnsType::kTxt);
  if (!asks_service && !asks_self) return;
  owes_service_ = owes_service_ || asks_service;
  owes_self_ = owes_self_ || asks_self;
  if (!answer_at_.infinite()) return;
  answer_at_ =
      std::max(now + DrawBetween(options_.delay_min, options_.delay_max), answer_not_before_);
}

void MdnsCore::Answer(Instant now) {
  if (std::exchange(owes_self_, false)) Send(PeerAnswer(label_, self_, options_.ttl));
  if (std::exchange(owes_service_, false)) Send(ServiceAnswer(options_.ttl));
  ++counters_.answers;
  answer_at_ = Instant::Infinite();
  answer_not_before_ = now + options_.answer_every;
}

void MdnsCore::Send(const DnsMessage& message) {
  absl::StatusOr<std::string> bytes = message.Encode(kLanDatagramBytes);
  if (bytes.ok()) sends_.push_back(*std::move(bytes));
}

void MdnsCore::Leave() {
  if (std::exchange(left_, true)) return;
  if (!self_.addresses.empty()) Send(PeerGoodbye(label_));
}

void MdnsCore::OnDatagram(const Datagram& datagram, Instant now) {
  if (left_) return;
  ++counters_.heard;
  const absl::StatusOr<DnsMessage> message = DnsMessage::Decode(datagram.bytes);
  if (!message.ok() || datagram.from.port != options_.group.port) {
    ++counters_.junk;
    return;
  }
  if (!message->is_response) {
    for (const DnsQuestion& question : message->questions) OnQuestion(question, now);
    return;
  }
  for (PeerClaim& claim : ClaimsIn(*message)) OnClaim(datagram.from.host, std::move(claim), now);
}

void MdnsCore::OnClaim(const std::string& host, PeerClaim claim, Instant now) {
  if (claim.peer.has_value()) {
    if (claim.peer->id == self_.id) return;
    const bool is_here = std::find(own_ips_.begin(), own_ips_.end(), host) != own_ips_.end();
    std::erase_if(claim.peer->addresses, [is_here](const Multiaddr& address) {
      return IsAnywhere(address) || (IsLoopback(address) && !is_here);
    });
    if (claim.peer->addresses.empty()) return;
  }
  if (peers_.Take(host, claim, now)) found_.push_back(*std::move(claim.peer));
}

MdnsCounters MdnsCore::counters() const {
  MdnsCounters counters = counters_;
  counters.refused = peers_.refused();
  return counters;
}

}  // namespace rehearse::net
