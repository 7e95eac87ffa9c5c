#include "rehearse/net/libp2p/yamux/yamux_frame.h"

#include "absl/strings/str_cat.h"

namespace rehearse::net {
namespace {

constexpr uint8_t kVersion = 0;

void AppendBigEndian(uint32_t value, int bytes, std::string& out) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(value >> shift));
  }
}

uint32_t ReadBigEndian(absl::string_view bytes) {
  uint32_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<uint8_t>(byte);
  return value;
}

}  // namespace

void YamuxHeader::AppendTo(std::string& out) const {
  out.push_back(static_cast<char>(kVersion));
  out.push_back(static_cast<char>(type));
  AppendBigEndian(flags, 2, out);
  AppendBigEndian(stream, 4, out);
  AppendBigEndian(length, 4, out);
}

absl::StatusOr<YamuxHeader> YamuxHeader::Decode(absl::string_view bytes) {
  if (bytes.size() != kYamuxHeaderBytes) {
    return absl::DataLossError(absl::StrCat("yamux: a header of ", bytes.size(), " bytes"));
  }
  const uint32_t version = ReadBigEndian(bytes.substr(0, 1));
  const uint32_t type = ReadBigEndian(bytes.substr(1, 1));
  if (version != kVersion) {
    return absl::DataLossError(absl::StrCat("yamux: version ", version, ", 0 is known"));
  }
  if (type > static_cast<uint32_t>(YamuxType::kGoAway)) {
    return absl::DataLossError(absl::StrCat("yamux: a frame of type ", type, ", 0 to 3 are known"));
  }
  YamuxHeader header;
  header.type = static_cast<YamuxType>(type);
  header.flags = static_cast<uint16_t>(ReadBigEndian(bytes.substr(2, 2)));
  header.stream = ReadBigEndian(bytes.substr(4, 4));
  header.length = ReadBigEndian(bytes.substr(8, 4));
  return header;
}

}  // namespace rehearse::net
