#include "rehearse/net/codec/message_reader.h"

#include <bit>

#include "absl/strings/str_cat.h"

namespace rehearse::net {

static_assert(std::endian::native == std::endian::little, "FlatBuffers are little-endian");

absl::Status MessageReader::Error(absl::string_view message_name) const {
  return absl::DataLossError(absl::StrCat("parse ", message_name, " from ", bytes_.size(),
                                          " bytes: at byte ", wrong_at_, ": ",
                                          wrong_ == nullptr ? "nothing wrong" : wrong_));
}

bool MessageReader::Fail(const char* what, size_t at) {
  if (wrong_ == nullptr) {
    wrong_ = what;
    wrong_at_ = at;
  }
  return false;
}

bool MessageReader::String(size_t at, absl::string_view& text) {
  if (!Vector(at, 1, text)) return false;
  const size_t end = PlaceOf(text) + text.size();
  return Take(end, 1) && (bytes_[end] == '\0' || Fail("a string without its final zero", at));
}

bool TableReader::Scalars(int slot, std::vector<bool>& values) {
  absl::string_view view;
  if (!Bytes(slot, view)) return false;
  values.resize(view.size());
  for (size_t i = 0; i < view.size(); ++i) values[i] = view[i] != '\0';
  return true;
}

bool TableReader::Strings(int slot, std::vector<std::string>& values) {
  absl::string_view offsets;
  if (!StringOffsets(slot, offsets)) return false;
  values.reserve(offsets.size() / kOffsetBytes);
  for (; !offsets.empty(); offsets.remove_prefix(kOffsetBytes)) {
    size_t at = 0;
    absl::string_view text;
    if (!reader_.Follow(reader_.PlaceOf(offsets), at) || !reader_.String(at, text)) return false;
    values.emplace_back(text.data(), text.size());
  }
  return true;
}

bool TableReader::CheckStrings(int slot) {
  absl::string_view offsets;
  if (!StringOffsets(slot, offsets)) return false;
  for (; !offsets.empty(); offsets.remove_prefix(kOffsetBytes)) {
    size_t at = 0;
    absl::string_view text;
    if (!reader_.Follow(reader_.PlaceOf(offsets), at) || !reader_.String(at, text)) return false;
  }
  return true;
}

bool TableReader::UnionAt(int slot, uint8_t& code, size_t& at) {
  if (!Scalar(slot - 1, code)) return false;
  if (code == 0) return true;
  const size_t offset = FieldOffset(slot);
  if (offset == 0) return reader_.Fail("a union that says which it is, and is not there", begin_);
  return TargetOf(offset, at);
}

bool TableReader::UnionVectors(int slot, absl::string_view& codes, absl::string_view& offsets) {
  if (!Elements(slot - 1, 1, codes) || !Elements(slot, kOffsetBytes, offsets)) return false;
  return codes.size() == offsets.size() / kOffsetBytes ||
         reader_.Fail("a vector of unions with another number of codes", begin_);
}

bool TableReader::StringAt(size_t offset, absl::string_view& text) {
  size_t at = 0;
  return TargetOf(offset, at) && reader_.String(at, text);
}

bool TableReader::ElementsAt(size_t offset, size_t element_bytes, absl::string_view& elements) {
  size_t at = 0;
  return TargetOf(offset, at) && reader_.Vector(at, element_bytes, elements);
}

}  // namespace rehearse::net
