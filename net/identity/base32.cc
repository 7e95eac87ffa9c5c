#include "rehearse/net/identity/base32.h"

#include <cstdint>

namespace rehearse::net {
namespace {

constexpr absl::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz234567";

}  // namespace

std::string ToBase32(absl::string_view bytes) {
  std::string text;
  uint32_t window = 0;
  int bits = 0;
  for (const char byte : bytes) {
    window = (window << 8 | static_cast<uint8_t>(byte)) & 0xffff;
    for (bits += 8; bits >= 5; bits -= 5) text.push_back(kAlphabet[window >> (bits - 5) & 31]);
  }
  if (bits > 0) text.push_back(kAlphabet[window << (5 - bits) & 31]);
  return text;
}

std::optional<std::string> FromBase32(absl::string_view text) {
  std::string bytes;
  uint32_t window = 0;
  int bits = 0;
  for (const char c : text) {
    const size_t value = kAlphabet.find(c);
    if (value == absl::string_view::npos) return std::nullopt;
    window = (window << 5 | static_cast<uint32_t>(value)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push_back(static_cast<char>(window >> bits));
  }
  const bool leftover = bits >= 5 || (window & ((1u << bits) - 1)) != 0;
  if (leftover) return std::nullopt;
  return bytes;
}

}  // namespace rehearse::net
