// Puts numbers, bytes and names behind each other into a DNS message.

#ifndef REHEARSE_NET_MDNS_DNS_WRITER_H_
#define REHEARSE_NET_MDNS_DNS_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "rehearse/net/mdns/dns_name.h"

namespace rehearse::net {

class DnsWriter {
 public:
  void Number16(uint16_t number);
  void Number32(uint32_t number);
  void Bytes(absl::string_view bytes) { message_.append(bytes.data(), bytes.size()); }
  // What it ends with like a name that was written before is a pointer there, as far as one can
  // reach. Names are the same byte by byte: whoever reads it gets what was put in.
  void Name(const DnsName& name);

  // In place of a number that was written at `at`.
  void SetNumber16(size_t at, uint16_t number);

  size_t size() const { return message_.size(); }
  std::string Take() { return std::move(message_); }

 private:
  static constexpr size_t kPointerMax = 0x3fff;

  std::string message_;
  std::map<std::string, uint16_t> written_;  // where, by labels
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_MDNS_DNS_WRITER_H_
