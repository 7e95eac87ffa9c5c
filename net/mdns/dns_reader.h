// Takes numbers, bytes and names off the front of a DNS message, of whatever bytes there are.

#ifndef REHEARSE_NET_MDNS_DNS_READER_H_
#define REHEARSE_NET_MDNS_DNS_READER_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/net/mdns/dns_name.h"

namespace rehearse::net {

// Each call: kDataLoss, and nothing is taken, if what is left is none.
class DnsReader {
 public:
  // In one name: as many as it can have labels. More say nothing.
  static constexpr int kPointersMax = DnsName::kBytesMax / 2;

  explicit DnsReader(absl::string_view message) : message_(message) {}

  absl::StatusOr<uint8_t> Number8();
  absl::StatusOr<uint16_t> Number16();
  absl::StatusOr<uint32_t> Number32();
  absl::StatusOr<absl::string_view> Bytes(size_t count);

  // A pointer in it leads back, to before the labels that it ends; so each walk has an end (RFC
  // 1035, section 4.1.4: "a prior occurrence").
  absl::StatusOr<DnsName> Name();

  // How many bytes were taken.
  size_t at() const { return at_; }

 private:
  absl::StatusOr<uint32_t> Number(size_t bytes);

  const absl::string_view message_;
  size_t at_ = 0;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_MDNS_DNS_READER_H_
