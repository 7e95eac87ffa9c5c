#include "rehearse/net/mdns/peer_records.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace rehearse::net {
namespace {

constexpr absl::string_view kAddressKey = "dnsaddr=";

uint32_t SecondsOf(absl::Duration ttl) { return static_cast<uint32_t>(absl::ToInt64Seconds(ttl)); }

DnsMessage Pointing(DnsName from, DnsName to, absl::Duration ttl) {
  return {.is_response = true,
          .answers = {{.name = std::move(from),
                       .type = DnsType::kPtr,
                       .ttl_seconds = SecondsOf(ttl),
                       .target = std::move(to)}}};
}

// Empty if `name` is no peer's.
std::string LabelOf(const DnsName& name) {
  if (name.is_root() || !name.parent().Is(PeerServiceName())) return {};
  return absl::AsciiStrToLower(name.label());
}

std::optional<Multiaddr> AddressIn(absl::string_view text) {
  absl::StatusOr<Multiaddr> address = Multiaddr::Parse(text);
  if (!address.ok() || !address->peer().has_value()) return std::nullopt;
  if (address->WithoutPeer().parts.empty()) return std::nullopt;
  return *std::move(address);
}

void TakeAddress(absl::string_view text, PeerClaim& claim) {
  const std::optional<Multiaddr> address = AddressIn(text);
  if (!address.has_value()) return;
  if (!claim.peer.has_value()) claim.peer.emplace(LanPeer{*address->peer(), {}});
  std::vector<Multiaddr>& known = claim.peer->addresses;
  Multiaddr plain = address->WithoutPeer();
  const bool is_new = std::find(known.begin(), known.end(), plain) == known.end();
  if (claim.peer->id != *address->peer() || !is_new) return;
  if (known.size() < LanPeer::kAddressesMax) known.push_back(std::move(plain));
}

}  // namespace

DnsName PeerServiceName() { return DnsName({"_p2p", "_udp", "local"}); }

DnsName PeerName(absl::string_view label) { return DnsName({label, "_p2p", "_udp", "local"}); }

DnsName ServiceListName() { return DnsName({"_services", "_dns-sd", "_udp", "local"}); }

DnsMessage PeersQuestion() { return {.questions = {{PeerServiceName(), DnsType::kPtr}}}; }

DnsMessage PeerAnswer(absl::string_view label, const LanPeer& self, absl::Duration ttl) {
  DnsRecord addresses{.name = PeerName(label),
                      .type = DnsType::kTxt,
                      .is_unique = true,
                      .ttl_seconds = SecondsOf(ttl)};
  for (const Multiaddr& address : self.addresses) {
    std::string text = absl::StrCat(kAddressKey, address.ToString(), "/p2p/", self.id.ToString());
    if (text.size() <= DnsRecord::kTextBytesMax) addresses.texts.push_back(std::move(text));
  }
  DnsMessage answer = Pointing(PeerServiceName(), PeerName(label), ttl);
  answer.additional.push_back(std::move(addresses));
  while (!answer.Encode(kLanDatagramBytes).ok()) answer.additional.front().texts.pop_back();
  return answer;
}

DnsMessage PeerGoodbye(absl::string_view label) {
  return Pointing(PeerServiceName(), PeerName(label), absl::ZeroDuration());
}

DnsMessage ServiceAnswer(absl::Duration ttl) {
  return Pointing(ServiceListName(), PeerServiceName(), ttl);
}

std::vector<PeerClaim> ClaimsIn(const DnsMessage& response) {
  std::map<std::string, PeerClaim> claims;
  size_t addresses_read = 0;
  const auto take = [&](const DnsRecord& record) {
    const bool is_pointer = record.type == DnsType::kPtr && record.name.Is(PeerServiceName());
    const bool is_over = record.ttl_seconds == 0;
    if (record.type == DnsType::kPtr && !(is_pointer && is_over)) return;
    const std::string label = LabelOf(is_pointer ? record.target : record.name);
    if (label.empty()) return;
    const absl::Duration ttl = absl::Seconds(record.ttl_seconds);
    const auto [at, is_new] = claims.try_emplace(label, PeerClaim{label, ttl, std::nullopt});
    at->second.ttl = std::min(at->second.ttl, ttl);
    for (absl::string_view text : record.texts) {
      const bool is_address = absl::ConsumePrefix(&text, kAddressKey);
      if (is_address && addresses_read++ < kLanAddressesReadMax) TakeAddress(text, at->second);
    }
  };
  for (const DnsRecord& record : response.answers) take(record);
  for (const DnsRecord& record : response.additional) take(record);
  std::vector<PeerClaim> told;
  for (auto& [label, claim] : claims) {
    if (claim.ttl == absl::ZeroDuration()) claim.peer.reset();
    if (claim.peer.has_value() || claim.ttl == absl::ZeroDuration()) {
      told.push_back(std::move(claim));
    }
  }
  return told;
}

}  // namespace rehearse::net
