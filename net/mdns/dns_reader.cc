#include "rehearse/net/mdns/dns_reader.h"

#include "rehearse/actor/env/status_macros.h"

namespace rehearse::net {
namespace {

// The top two bits of a label's first byte: its length follows, or a pointer does.
constexpr uint8_t kKind = 0xc0;
constexpr uint8_t kPointer = 0xc0;

}  // namespace

absl::StatusOr<absl::string_view> DnsReader::Bytes(size_t count) {
  if (count > message_.size() - at_) return absl::DataLossError("DNS: the message is too short");
  const absl::string_view bytes = message_.substr(at_, count);
  at_ += count;
  return bytes;
}

absl::StatusOr<uint32_t> DnsReader::Number(size_t count) {
  REHEARSE_ASSIGN_OR_RETURN(const absl::string_view bytes, Bytes(count));
  uint32_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<uint8_t>(byte);
  return number;
}

absl::StatusOr<uint8_t> DnsReader::Number8() {
  REHEARSE_ASSIGN_OR_RETURN(const uint32_t number, Number(1));
  return static_cast<uint8_t>(number);
}

absl::StatusOr<uint16_t> DnsReader::Number16() {
  REHEARSE_ASSIGN_OR_RETURN(const uint32_t number, Number(2));
  return static_cast<uint16_t>(number);
}

absl::StatusOr<uint32_t> DnsReader::Number32() { return Number(4); }

absl::StatusOr<DnsName> DnsReader::Name() {
  DnsName name;
  DnsReader walk = *this;
  size_t run = at_;  // where the labels that are read now begin
  size_t end = 0;    // behind the name; 0: no pointer was followed
  for (int pointers = 0;;) {
    REHEARSE_ASSIGN_OR_RETURN(const uint8_t first, walk.Number8());
    if (first == 0) break;
    if ((first & kKind) == 0) {
      REHEARSE_ASSIGN_OR_RETURN(const absl::string_view label, walk.Bytes(first));
      if (!name.TryAppend(label)) return absl::DataLossError("DNS: a name is too long");
      continue;
    }
    if ((first & kKind) != kPointer) return absl::DataLossError("DNS: no such kind of label");
    REHEARSE_ASSIGN_OR_RETURN(const uint8_t second, walk.Number8());
    if (end == 0) end = walk.at_;
    const size_t to = size_t{first & ~kKind & 0xffu} << 8 | second;
    if (to >= run || ++pointers > kPointersMax) {
      return absl::DataLossError("DNS: a pointer that leads nowhere");
    }
    walk.at_ = run = to;
  }
  at_ = end == 0 ? walk.at_ : end;
  return name;
}

}  // namespace rehearse::net
