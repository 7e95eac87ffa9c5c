#include "rehearse/net/codec/uvarint.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"

namespace rehearse::net {

absl::StatusOr<std::optional<uint64_t>> TakeUvarint(absl::string_view& bytes) {
  uint64_t value = 0;
  for (size_t at = 0; at < std::min(bytes.size(), kUvarintBytesMax); ++at) {
    const uint64_t byte = static_cast<uint8_t>(bytes[at]);
    value |= (byte & 0x7f) << (7 * at);
    if (byte >= 0x80) continue;
    if (byte == 0 && at > 0) {
      return absl::DataLossError("varint: it ends with a zero byte that it does not need");
    }
    bytes.remove_prefix(at + 1);
    return value;
  }
  if (bytes.size() < kUvarintBytesMax) return std::nullopt;
  return absl::DataLossError(absl::StrCat("varint: longer than ", kUvarintBytesMax, " bytes"));
}

absl::StatusOr<uint64_t> TakeLongUvarint(absl::string_view& bytes) {
  REHEARSE_ASSIGN_OR_RETURN(const std::optional<uint64_t> value, TakeUvarint(bytes));
  if (!value.has_value()) {
    return absl::DataLossError(
        absl::StrCat("varint: the input ends within it, after ", bytes.size(), " bytes"));
  }
  return *value;
}

absl::Status AnnouncedTooMany(uint64_t count, size_t there) {
  return absl::DataLossError(
      absl::StrCat("counted bytes: ", count, " were announced, ", there, " are there"));
}

void AppendCounted(absl::string_view counted, std::string& out) {
  AppendUvarint(counted.size(), out);
  out.append(counted.data(), counted.size());
}

}  // namespace rehearse::net
