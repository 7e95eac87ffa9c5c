#include "rehearse/net/identity/base58.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace rehearse::net {
namespace {

constexpr absl::string_view kAlphabet =
    "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

// Multiplies the number whose digits in `base` stand in `digits`, least first, and adds.
void MultiplyAdd(std::vector<uint8_t>& digits, uint32_t base, uint32_t factor, uint32_t carry) {
  for (uint8_t& digit : digits) {
    carry += uint32_t{digit} * factor;
    digit = static_cast<uint8_t>(carry % base);
    carry /= base;
  }
  for (; carry > 0; carry /= base) digits.push_back(static_cast<uint8_t>(carry % base));
}

// Leading zeros carry no value, so they are written one for one.
size_t LeadingCount(absl::string_view text, char zero) {
  return static_cast<size_t>(
      std::find_if(text.begin(), text.end(), [zero](char c) { return c != zero; }) - text.begin());
}

}  // namespace

std::string ToBase58(absl::string_view bytes) {
  std::vector<uint8_t> digits;
  for (const char byte : bytes) MultiplyAdd(digits, 58, 256, static_cast<uint8_t>(byte));
  std::string text(LeadingCount(bytes, '\0'), '1');
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) {
    text.push_back(kAlphabet[*digit]);
  }
  return text;
}

std::optional<std::string> FromBase58(absl::string_view text) {
  if (text.size() > kBase58TextMax) return std::nullopt;
  std::vector<uint8_t> digits;
  for (const char c : text) {
    const size_t value = kAlphabet.find(c);
    if (value == absl::string_view::npos) return std::nullopt;
    MultiplyAdd(digits, 256, 58, static_cast<uint32_t>(value));
  }
  std::string bytes(LeadingCount(text, '1'), '\0');
  bytes.append(digits.rbegin(), digits.rend());
  return bytes;
}

}  // namespace rehearse::net
