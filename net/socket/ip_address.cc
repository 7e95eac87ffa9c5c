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

// Whether `text` is four decimal numbers of a byte each, none with a zero in front. Asked of each
// datagram that is sent: by the host's own functions that took a twentieth of a simulated transfer.
bool IsIp4(absl::string_view text) {
  int numbers = 0;
  size_t at = 0;
  while (true) {
    const size_t begin = at;
    int number = 0;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9' && at - begin < 3) {
      number = 10 * number + (text[at++] - '0');
    }
    const size_t digits = at - begin;
    if (digits == 0 || number > 255 || (digits > 1 && text[begin] == '0')) return false;
    ++numbers;
    if (at == text.size()) return numbers == 4;
    if (numbers == 4 || text[at++] != '.') return false;
  }
}

}  // namespace

std::optional<std::string> CanonicalIp4(absl::string_view text) {
  if (!IsIp4(text)) return std::nullopt;
  return std::string(text);
}

std::optional<std::string> CanonicalIp6(absl::string_view text) {
  return Canonical(AF_INET6, text);
}

std::optional<std::string> Ip4Bytes(absl::string_view text) { return ToBytes(AF_INET, text); }
std::optional<std::string> Ip6Bytes(absl::string_view text) { return ToBytes(AF_INET6, text); }
std::optional<std::string> Ip4Text(absl::string_view bytes) { return ToText(AF_INET, bytes); }
std::optional<std::string> Ip6Text(absl::string_view bytes) { return ToText(AF_INET6, bytes); }

}  // namespace rehearse::net
