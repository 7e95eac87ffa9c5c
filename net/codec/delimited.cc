#include "rehearse/net/codec/delimited.h"

#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/net/codec/uvarint.h"

namespace rehearse::net {

void DelimitedReader::Feed(absl::string_view bytes) {
  buffer_.erase(0, std::exchange(taken_, 0));
  if (error_.ok()) buffer_.append(bytes.data(), bytes.size());
}

absl::StatusOr<std::optional<absl::string_view>> DelimitedReader::Next() {
  if (!error_.ok()) return error_;
  absl::string_view rest = absl::string_view(buffer_).substr(taken_);
  const absl::StatusOr<std::optional<uint64_t>> length = TakeUvarint(rest);
  if (!length.ok()) return error_ = length.status();
  if (!length->has_value()) return std::nullopt;
  if (**length > message_bytes_max_) {
    return error_ = absl::DataLossError(absl::StrCat("a message of ", **length,
                                                     " bytes, the limit is ", message_bytes_max_));
  }
  if (rest.size() < **length) return std::nullopt;
  taken_ = buffer_.size() - rest.size() + **length;
  return rest.substr(0, **length);
}

}  // namespace rehearse::net
