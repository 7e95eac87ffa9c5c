#include "rehearse/net/codec/message_writer.h"

#include <algorithm>

namespace rehearse::net {

void MessageWriter::String(size_t at, absl::string_view text) {
  if (at == 0) return;
  BeginVector(at, text.size(), 1);
  Append(text.data(), text.size());
  Append("", 1);
}

void MessageWriter::Bytes(size_t at, absl::string_view bytes) {
  if (at == 0) return;
  BeginVector(at, bytes.size(), 1);
  Append(bytes.data(), bytes.size());
}

void MessageWriter::Scalars(size_t at, const std::vector<bool>& values) {
  if (at == 0) return;
  BeginVector(at, values.size(), 1);
  MakeRoom(values.size());
  for (const bool value : values) data_[size_++] = value ? '\1' : '\0';
}

void MessageWriter::Nothing(size_t at, size_t& shape) {
  TableWriter<0> table(*this, at, shape, {.fields_bytes = 0, .alignment = 4});
  table.Finish();
}

void MessageWriter::Strings(size_t at, const std::vector<std::string>& values) {
  if (at == 0) return;
  size_t element_at = BeginOffsets(at, values.size());
  for (const std::string& value : values) {
    String(element_at, value);
    element_at += sizeof(uint32_t);
  }
}

void MessageWriter::SetRoom(size_t room) {
  out_.append(room - room_, '\0');
  room_ = room;
  data_ = out_.data() + out_.size() - room_;
}

void MessageWriter::AppendLong(const char* bytes, size_t count) {
  Trim();
  out_.append(bytes, count);
  size_ += count;
  room_ = size_;
  data_ = out_.data() + out_.size() - room_;
}

void MessageWriter::BeginVector(size_t at, size_t count, size_t element_bytes) {
  const size_t alignment = std::max(element_bytes, sizeof(uint32_t));
  MakeRoom(sizeof(uint32_t));
  const size_t begin = Begin(at, alignment, sizeof(uint32_t));
  Store(data_ + begin, static_cast<uint32_t>(count));
  size_ = begin + sizeof(uint32_t);
}

size_t MessageWriter::BeginOffsets(size_t at, size_t count) {
  BeginVector(at, count, sizeof(uint32_t));
  MakeRoom(count * sizeof(uint32_t));
  const size_t first = size_;
  size_ += count * sizeof(uint32_t);
  return first;
}

}  // namespace rehearse::net
