#include "rehearse/net/libp2p/multistream/line_reader.h"

#include <cstdint>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/codec/uvarint.h"

namespace rehearse::net {

void AppendLine(absl::string_view text, std::string& out) {
  AppendUvarint(text.size() + 1, out);
  absl::StrAppend(&out, text, "\n");
}

void LineReader::Feed(absl::string_view bytes) {
  buffer_.erase(0, std::exchange(taken_, 0));
  buffer_.append(bytes.data(), bytes.size());
}

absl::StatusOr<std::optional<absl::string_view>> LineReader::Next() {
  constexpr size_t kQuotedBytesMax = 32;
  absl::string_view rest = this->rest();
  REHEARSE_ASSIGN_OR_RETURN(const std::optional<uint64_t> count, TakeUvarint(rest));
  if (!count.has_value()) return std::nullopt;
  if (*count == 0 || *count > kLineBytesMax) {
    return absl::DataLossError(absl::StrCat("multistream: a line of ", *count,
                                            " bytes, where 1 to ", kLineBytesMax, " may be"));
  }
  if (rest.size() < *count) return std::nullopt;
  const absl::string_view line = rest.substr(0, *count - 1);
  if (rest[line.size()] != '\n') {
    return absl::DataLossError(absl::StrCat("multistream: no newline ends \"",
                                            absl::CHexEscape(line.substr(0, kQuotedBytesMax)),
                                            "\""));
  }
  taken_ = buffer_.size() - rest.size() + *count;
  return line;
}

std::string LineReader::TakeRest() {
  std::string rest(this->rest());
  buffer_.clear();
  taken_ = 0;
  return rest;
}

}  // namespace rehearse::net
