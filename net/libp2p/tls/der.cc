#include "rehearse/net/libp2p/tls/der.h"

#include <cstddef>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"

namespace rehearse::net {
namespace {

constexpr uint8_t kLongLength = 0x80;
constexpr size_t kLengthBytesMax = 3;  // as many as 16 MiB take

absl::Status NoDer(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("DER: ", what));
}

// Takes the length off the front of `bytes`.
absl::StatusOr<size_t> TakeLength(absl::string_view& bytes) {
  if (bytes.empty()) return NoDer("it ends before a length");
  const auto first = static_cast<uint8_t>(bytes[0]);
  bytes.remove_prefix(1);
  if (first < kLongLength) return size_t{first};
  const size_t count = first - kLongLength;
  if (count == 0 || count > kLengthBytesMax || count > bytes.size()) {
    return NoDer(absl::StrCat("a length of ", count, " bytes"));
  }
  size_t length = 0;
  for (size_t i = 0; i < count; ++i) length = length << 8 | static_cast<uint8_t>(bytes[i]);
  bytes.remove_prefix(count);
  const bool shortest = length >= kLongLength && length >> (8 * (count - 1)) != 0;
  if (!shortest) return NoDer("a length that is not in its shortest form");
  return length;
}

}  // namespace

absl::StatusOr<DerElement> TakeDer(absl::string_view& bytes) {
  constexpr uint8_t kLongTag = 0x1f;
  const absl::string_view begin = bytes;
  if (bytes.empty()) return NoDer("it ends before a tag");
  DerElement element;
  element.tag = static_cast<uint8_t>(bytes[0]);
  if ((element.tag & kLongTag) == kLongTag) return NoDer("a tag of more than one byte");
  absl::string_view rest = bytes.substr(1);
  REHEARSE_ASSIGN_OR_RETURN(const size_t length, TakeLength(rest));
  if (length > rest.size()) {
    return NoDer(absl::StrCat(length, " bytes were announced, ", rest.size(), " are there"));
  }
  element.content = rest.substr(0, length);
  bytes = rest.substr(length);
  element.whole = begin.substr(0, begin.size() - bytes.size());
  return element;
}

absl::StatusOr<DerElement> TakeDer(uint8_t tag, absl::string_view& bytes) {
  REHEARSE_ASSIGN_OR_RETURN(const DerElement element, TakeDer(bytes));
  if (element.tag == tag) return element;
  return NoDer(absl::StrCat("tag ", element.tag, " where ", tag, " goes"));
}

void AppendDer(uint8_t tag, absl::string_view content, std::string& out) {
  out.push_back(static_cast<char>(tag));
  const size_t length = content.size();
  if (length < kLongLength) {
    out.push_back(static_cast<char>(length));
  } else {
    size_t count = 1;
    while (length >> (8 * count) != 0) ++count;
    out.push_back(static_cast<char>(kLongLength | count));
    for (size_t i = count; i-- > 0;) out.push_back(static_cast<char>(length >> (8 * i)));
  }
  out.append(content.data(), content.size());
}

}  // namespace rehearse::net
