#include "rehearse/net/port.h"

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace rehearse::net {

absl::StatusOr<uint16_t> ParsePort(absl::string_view text) {
  constexpr size_t kDigitsMax = 5;
  constexpr size_t kQuotedBytesMax = 64;
  uint32_t port = 0;
  bool good = !text.empty() && text.size() <= kDigitsMax;
  for (const char digit : text.substr(0, kDigitsMax)) {
    good = good && absl::ascii_isdigit(static_cast<unsigned char>(digit));
    port = port * 10 + static_cast<uint32_t>(digit - '0');
  }
  if (!good || port > 65535) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", absl::CHexEscape(text.substr(0, kQuotedBytesMax)),
        text.size() > kQuotedBytesMax ? "…" : "", "\" is no port: write a number from 0 to 65535"));
  }
  return static_cast<uint16_t>(port);
}

}  // namespace rehearse::net
