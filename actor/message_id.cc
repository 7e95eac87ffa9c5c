#include "rehearse/actor/message_id.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace rehearse {
namespace {

constexpr size_t kUuidLength = 36;

bool IsDashPlace(size_t at) { return at == 8 || at == 13 || at == 18 || at == 23; }

// The value of a hexadecimal digit, -1 for any other character.
int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

absl::Status NotAUuid(absl::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("read \"", text, "\" as a uuid: ", why,
                   "; it looks like 3b9128f1-0593-44a0-b83a-f4188baa05bf (uuidgen makes one)"));
}

}  // namespace

absl::StatusOr<MessageId> MessageId::Parse(absl::string_view uuid) {
  if (uuid.size() != kUuidLength) {
    return NotAUuid(uuid, absl::StrCat(uuid.size(), " characters instead of ", kUuidLength));
  }
  MessageId id;
  for (size_t at = 0; at < kUuidLength; ++at) {
    if (IsDashPlace(at)) {
      if (uuid[at] != '-') return NotAUuid(uuid, absl::StrCat("no dash at character ", at + 1));
      continue;
    }
    const int digit = HexDigit(uuid[at]);
    if (digit < 0) return NotAUuid(uuid, absl::StrCat("no hex digit at character ", at + 1));
    id.high = id.high << 4 | id.low >> 60;
    id.low = id.low << 4 | static_cast<uint64_t>(digit);
  }
  if (!id) return NotAUuid(uuid, "all zeros stand for no message");
  return id;
}

std::string MessageId::ToString() const {
  return absl::StrFormat("%08x-%04x-%04x-%04x-%012x", high >> 32, high >> 16 & 0xffff,
                         high & 0xffff, low >> 48, low & 0xffffffffffff);
}

}  // namespace rehearse
