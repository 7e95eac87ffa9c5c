// Numbers as libp2p writes them: seven bits a byte, least significant first, the high bit for
// "more".

#ifndef REHEARSE_NET_CODEC_UVARINT_H_
#define REHEARSE_NET_CODEC_UVARINT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rehearse::net {

// The longest: 63 bits.
inline constexpr size_t kUvarintBytesMax = 9;
inline constexpr uint64_t kUvarintMax = (uint64_t{1} << 63) - 1;

// `value` is at most kUvarintMax.
inline void AppendUvarint(uint64_t value, std::string& out) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

// Takes a number off the front of `bytes`. Nothing if it is not complete yet; `bytes` is as before.
//   kDataLoss  it is longer than kUvarintBytesMax, or than it need be: each number has one form.
absl::StatusOr<std::optional<uint64_t>> TakeUvarint(absl::string_view& bytes);

// As TakeUvarint, where all bytes are there: an end within the number is kDataLoss. Most numbers
// are tags and counts of one byte, which are read in place.
inline absl::StatusOr<uint64_t> TakeWholeUvarint(absl::string_view& bytes);

// Takes a number and so many bytes off the front: a view into `bytes`.
//   kDataLoss  as above, or fewer bytes are there than it announces.
inline absl::StatusOr<absl::string_view> TakeCounted(absl::string_view& bytes);

void AppendCounted(absl::string_view counted, std::string& out);

// --- What the two above leave to uvarint.cc.

absl::StatusOr<uint64_t> TakeLongUvarint(absl::string_view& bytes);
absl::Status AnnouncedTooMany(uint64_t count, size_t there);

inline absl::StatusOr<uint64_t> TakeWholeUvarint(absl::string_view& bytes) {
  if (bytes.empty() || static_cast<uint8_t>(bytes.front()) >= 0x80) {
    return TakeLongUvarint(bytes);
  }
  const auto value = static_cast<uint64_t>(bytes.front());
  bytes.remove_prefix(1);
  return value;
}

inline absl::StatusOr<absl::string_view> TakeCounted(absl::string_view& bytes) {
  const absl::StatusOr<uint64_t> count = TakeWholeUvarint(bytes);
  if (!count.ok()) return count.status();
  if (*count > bytes.size()) return AnnouncedTooMany(*count, bytes.size());
  const absl::string_view counted(bytes.data(), *count);
  bytes.remove_prefix(*count);
  return counted;
}

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CODEC_UVARINT_H_
