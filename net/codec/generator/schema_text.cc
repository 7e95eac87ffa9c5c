#include "rehearse/net/codec/generator/schema_text.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace rehearse::net {
namespace {

bool IsWordPart(char c) { return absl::ascii_isalnum(c) || c == '_' || c == '.'; }

// How many characters of `rest` to leave out: a comment or a string, 0 if it begins with neither.
size_t SkippedLength(absl::string_view rest) {
  size_t end = 0;
  if (absl::StartsWith(rest, "//")) {
    end = rest.find('\n');
  } else if (absl::StartsWith(rest, "/*")) {
    end = rest.find("*/", 2);
  } else if (rest[0] == '"') {
    end = rest.find('"', 1);
  } else {
    return 0;
  }
  return end == absl::string_view::npos ? rest.size() : end + 1;
}

size_t WordLength(absl::string_view rest) {
  const auto end = std::find_if_not(rest.begin(), rest.end(), IsWordPart);
  return static_cast<size_t>(end - rest.begin());
}

// True for an integer beyond int64_t; a real number or a name is none.
bool IsTooGreat(absl::string_view word) {
  uint64_t value = 0;
  const bool is_hex = absl::StartsWithIgnoreCase(word, "0x");
  if (is_hex) {
    if (!absl::SimpleHexAtoi(word, &value)) return false;
  } else if (!std::all_of(word.begin(), word.end(), absl::ascii_isdigit)) {
    return false;
  } else if (!absl::SimpleAtoi(word, &value)) {
    return true;
  }
  return value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
}

}  // namespace

absl::Status CheckSchemaText(absl::string_view text, absl::string_view source) {
  size_t at = 0;
  while (at < text.size()) {
    const absl::string_view rest = text.substr(at);
    if (const size_t skipped = SkippedLength(rest); skipped != 0) {
      at += skipped;
      continue;
    }
    const size_t length = std::max<size_t>(WordLength(rest), 1);
    const absl::string_view word = rest.substr(0, length);
    const bool is_negative = at > 0 && text[at - 1] == '-';
    if (IsWordPart(word[0]) && !is_negative && IsTooGreat(word)) {
      const auto line = std::count(text.begin(), text.begin() + at, '\n') + 1;
      return absl::InvalidArgumentError(
          absl::StrCat(source, ":", line, ": ", word, ": flatc makes a default over ",
                       std::numeric_limits<int64_t>::max(), " 0: use a smaller number"));
    }
    at += length;
  }
  return absl::OkStatus();
}

}  // namespace rehearse::net
