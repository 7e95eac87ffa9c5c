#include "rehearse/net/kademlia/address_group.h"

#include <cstddef>
#include <cstdint>

namespace rehearse::net {
namespace {

constexpr char kIp4 = 0x04;
constexpr char kIp6 = 0x29;
constexpr size_t kIp4Bytes = 4;
constexpr size_t kIp4GroupBytes = 3;  // a /24
constexpr size_t kIp6Bytes = 16;
constexpr size_t kIp6GroupBytes = 6;  // a /48

uint8_t ByteAt(absl::string_view bytes, size_t i) { return static_cast<uint8_t>(bytes[i]); }

bool IsLocalIp4(absl::string_view ip) {
  const uint8_t first = ByteAt(ip, 0);
  const uint8_t second = ByteAt(ip, 1);
  return first == 127 || first == 10 || (first == 172 && second >= 16 && second < 32) ||
         (first == 192 && second == 168) || (first == 169 && second == 254);
}

bool IsLocalIp6(absl::string_view ip) {
  const uint8_t first = ByteAt(ip, 0);
  const bool unique_local = (first & 0xfe) == 0xfc;
  const bool link_local = first == 0xfe && (ByteAt(ip, 1) & 0xc0) == 0x80;
  const bool loopback = ip.substr(0, kIp6Bytes - 1) == std::string(kIp6Bytes - 1, '\0');
  return unique_local || link_local || loopback;
}

}  // namespace

std::string AddressGroupOf(absl::string_view address) {
  if (address.empty()) return "";
  const absl::string_view ip = address.substr(1);
  if (address[0] == kIp4 && ip.size() >= kIp4Bytes && !IsLocalIp4(ip)) {
    return std::string(address.substr(0, 1 + kIp4GroupBytes));
  }
  if (address[0] == kIp6 && ip.size() >= kIp6Bytes && !IsLocalIp6(ip.substr(0, kIp6Bytes))) {
    return std::string(address.substr(0, 1 + kIp6GroupBytes));
  }
  return "";
}

}  // namespace rehearse::net
