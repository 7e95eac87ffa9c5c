#include "rehearse/net/mdns/dns_message.h"

#include "rehearse/net/mdns/peer_records.h"
#include "rehearse/tests/fuzz/fuzz_target.h"

namespace rehearse {

void Fuzz(absl::string_view bytes) {
  using net::DnsMessage;
  const absl::StatusOr<DnsMessage> message = DnsMessage::Decode(bytes);
  if (!message.ok()) {
    REHEARSE_CHECK(absl::IsDataLoss(message.status()), message.status().ToString());
    return;
  }
  REHEARSE_CHECK(message->questions.size() <= DnsMessage::kQuestionsMax, "too many questions");
  REHEARSE_CHECK(message->answers.size() + message->additional.size() <= DnsMessage::kRecordsMax,
                 "too many records");
  for (const net::PeerClaim& claim : net::ClaimsIn(*message)) {
    REHEARSE_CHECK(!claim.label.empty() && claim.label.size() <= net::DnsName::kLabelBytesMax,
                   claim.label);
    REHEARSE_CHECK(claim.peer.has_value() == (claim.ttl > absl::ZeroDuration()), claim.label);
    REHEARSE_CHECK(
        !claim.peer.has_value() || claim.peer->addresses.size() <= net::LanPeer::kAddressesMax,
        "too many addresses");
  }
  // A record that is not looked at has made room for others, or pointers have: then it may not fit.
  const absl::StatusOr<std::string> again = message->Encode();
  REHEARSE_CHECK(!again.ok() || Holds(DnsMessage::Decode(*again), *message), "read otherwise");
}

}  // namespace rehearse
