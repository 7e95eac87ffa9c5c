#include "rehearse/net/mdns/dns_writer.h"

namespace rehearse::net {

void DnsWriter::Number16(uint16_t number) {
  message_.push_back(static_cast<char>(number >> 8));
  message_.push_back(static_cast<char>(number));
}

void DnsWriter::Number32(uint32_t number) {
  Number16(static_cast<uint16_t>(number >> 16));
  Number16(static_cast<uint16_t>(number));
}

void DnsWriter::SetNumber16(size_t at, uint16_t number) {
  message_[at] = static_cast<char>(number >> 8);
  message_[at + 1] = static_cast<char>(number);
}

void DnsWriter::Name(const DnsName& name) {
  for (DnsName rest = name; !rest.is_root(); rest = rest.parent()) {
    const auto [at, is_new] =
        written_.try_emplace(rest.labels(), static_cast<uint16_t>(message_.size()));
    if (!is_new) return Number16(static_cast<uint16_t>(0xc000 | at->second));
    if (message_.size() > kPointerMax) written_.erase(at);
    message_.push_back(static_cast<char>(rest.label().size()));
    Bytes(rest.label());
  }
  message_.push_back('\0');
}

}  // namespace rehearse::net
