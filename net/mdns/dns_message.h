// Messages of the DNS, as far as mDNS has to do with them here (RFC 1035; RFC 6762, section 18).
//
// Differences from the RFCs: of the types of records, those are read that tell of peers (PTR, TXT);
// others are skipped, as are the records in the section of authorities, and what follows the last
// record. Messages that were cut (TC) are read as they are.

#ifndef REHEARSE_NET_MDNS_DNS_MESSAGE_H_
#define REHEARSE_NET_MDNS_DNS_MESSAGE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/net/mdns/dns_name.h"

namespace rehearse::net {

enum class DnsType : uint16_t { kPtr = 12, kTxt = 16, kAny = 255 };  // kAny in questions alone

struct DnsQuestion {
  DnsName name;
  DnsType type = DnsType::kPtr;  // or a value that has no name here

  friend bool operator==(const DnsQuestion&, const DnsQuestion&) = default;
};

struct DnsRecord {
  static constexpr size_t kTextBytesMax = 255;

  DnsName name;
  DnsType type = DnsType::kPtr;         // or kTxt
  bool is_unique = false;               // what is known of the name and type otherwise is over
  uint32_t ttl_seconds = 0;             // 0: it is over
  DnsName target = {};                  // of kPtr
  std::vector<std::string> texts = {};  // of kTxt; none is empty

  friend bool operator==(const DnsRecord&, const DnsRecord&) = default;
};

struct DnsMessage {
  static constexpr size_t kBytesMax = 9000;  // RFC 6762, section 17, less the headers of UDP
  // Of one message. Others have been seen to send dozens.
  static constexpr size_t kQuestionsMax = 64;
  static constexpr size_t kRecordsMax = 256;

  bool is_response = false;
  std::vector<DnsQuestion> questions = {};
  std::vector<DnsRecord> answers = {};
  std::vector<DnsRecord> additional = {};

  // Reads what Encode writes, and what others write, whole or not at all. What it takes in memory
  // and time is bounded by the bytes.
  //   kDataLoss  it is none, is larger than the bounds above, or is about something else than what
  //              multicast is for: an operation that is no query, or an error.
  static absl::StatusOr<DnsMessage> Decode(absl::string_view bytes);

  // With names that were there before written once.
  //   kInvalidArgument  it does not fit in `bytes_max`, or a text in kTextBytesMax.
  absl::StatusOr<std::string> Encode(size_t bytes_max = kBytesMax) const;

  friend bool operator==(const DnsMessage&, const DnsMessage&) = default;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_MDNS_DNS_MESSAGE_H_
