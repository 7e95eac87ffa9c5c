#include "rehearse/net/socket/ip_address.h"

#include <arpa/inet.h>

#include <array>

namespace rehearse::net {
namespace {

size_t BytesOf(int family) { return family == AF_INET ? sizeof(in_addr) : sizeof(in6_addr); }

std::optional<std::string> ToBytes(int family, absl::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != absl::string_view::npos) {
    return std::nullopt;
  }
  in6_addr binary;  // large enough for either
  if (inet_pton(family, std::string(text).c_str(), &binary) != 1) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(&binary), BytesOf(family));
}

std::optional<std::string> ToText(int family, absl::string_view bytes) {
  if (bytes.size() != BytesOf(family)) return std::nullopt;
  std::array<char, INET6_ADDRSTRLEN> text;
  return inet_ntop(family, bytes.data(), text.data(), text.size());
}

std::optional<std::string> Canonical(int family, absl::string_view text) {
  const std::optional<std::string> bytes = ToBytes(family, text);
  return bytes.has_value() ? ToText(family, *bytes) : std::nullopt;
}

}  // namespace

std::optional<std::string> CanonicalIp4(absl::string_view text) { return Canonical(AF_INET, text); }

std::optional<std::string> CanonicalIp6(absl::string_view text) {
  return Canonical(AF_INET6, text);
}

std::optional<std::string> Ip4Bytes(absl::string_view text) { return ToBytes(AF_INET, text); }
std::optional<std::string> Ip6Bytes(absl::string_view text) { return ToBytes(AF_INET6, text); }
std::optional<std::string> Ip4Text(absl::string_view bytes) { return ToText(AF_INET, bytes); }
std::optional<std::string> Ip6Text(absl::string_view bytes) { return ToText(AF_INET6, bytes); }

}  // namespace rehearse::net
