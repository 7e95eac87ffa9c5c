#include "rehearse/net/socket/ip_address.h"

#include <arpa/inet.h>

#include <array>

namespace rehearse::net {
namespace {

std::optional<std::string> Canonical(int family, absl::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != absl::string_view::npos) {
    return std::nullopt;
  }
  in6_addr binary;  // large enough for either
  if (inet_pton(family, std::string(text).c_str(), &binary) != 1) return std::nullopt;
  std::array<char, INET6_ADDRSTRLEN> canonical;
  return inet_ntop(family, &binary, canonical.data(), canonical.size());
}

}  // namespace

std::optional<std::string> CanonicalIp4(absl::string_view text) { return Canonical(AF_INET, text); }

std::optional<std::string> CanonicalIp6(absl::string_view text) {
  return Canonical(AF_INET6, text);
}

}  // namespace rehearse::net
