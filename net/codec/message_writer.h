// Writes one message as a FlatBuffer, straight to the end of the string that will be sent.
//
// The library's own builder works from the end to the front in a buffer of its own, which is copied
// afterwards: some 320 instructions for a message of one number. Here a table comes first and its
// parts behind it, each byte is written where it stays, and nothing is allocated but the string's
// growth. Any FlatBuffers reader reads the result. Generated code and the envelope call this;
// nobody else does.
//
// The same value gives the same bytes: what equals its default is left out, padding is zero, and
// the order is the schema's. Little-endian hosts only (checked when compiled).

#ifndef REHEARSE_NET_CODEC_MESSAGE_WRITER_H_
#define REHEARSE_NET_CODEC_MESSAGE_WRITER_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/strings/string_view.h"

namespace rehearse::net {

static_assert(std::endian::native == std::endian::little, "FlatBuffers are little-endian");

// One message on its way into a string. Makes a root; every other part hangs on an offset of a
// table (TableWriter) and is written after that table is finished. Where an `at` names the place of
// an offset, 0 means that the part is left out, and then nothing happens.
//
// Bytes of 2 GiB and more can't be expressed: they come out as garbage that no reader accepts, and
// no frame carries them.
class MessageWriter {
 public:
  // Appends to `out`; what it holds already stays, and alignment counts from its end. The string is
  // complete when the writer is gone; until then, nobody else touches it.
  explicit MessageWriter(std::string& out) : out_(out) { SetRoom(kFirstRoom); }
  ~MessageWriter() { Trim(); }
  MessageWriter(const MessageWriter&) = delete;
  MessageWriter& operator=(const MessageWriter&) = delete;

  // The offset of the root table.
  static constexpr size_t kRoot = 0;

  void String(size_t at, absl::string_view text);

  // A vector of bytes.
  void Bytes(size_t at, absl::string_view bytes);

  // A vector of numbers or enumerators.
  template <typename T>
  void Scalars(size_t at, const std::vector<T>& values) {
    if (at == 0) return;
    BeginVector(at, values.size(), sizeof(T));
    Append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  }
  void Scalars(size_t at, const std::vector<bool>& values);

  // Which table each of `values`, unions, is, by its code.
  template <typename U>
  void Codes(size_t at, const std::vector<U>& values, uint8_t (*code_of)(const U&)) {
    if (at == 0) return;
    BeginVector(at, values.size(), 1);
    MakeRoom(values.size());
    for (const U& value : values) data_[size_++] = static_cast<char>(code_of(value));
  }
  // They themselves.
  template <typename U>
  void Unions(size_t at, const std::vector<U>& values,
              void (*write)(const U& value, MessageWriter& writer, size_t at, size_t& shape)) {
    Tables(at, values, write);
  }
  // What stands in a vector for a union that is none: a table without fields.
  void Nothing(size_t at, size_t& shape);

  void Strings(size_t at, const std::vector<std::string>& values);

  // The function that writes a table of type T, by means of a TableWriter, and hands `shape` to it.
  template <typename T>
  using WriteTable = void (*)(const T& value, MessageWriter& writer, size_t at, size_t& shape);

  template <typename T>
  void Table(size_t at, const T& value, WriteTable<std::type_identity_t<T>> write) {
    size_t shape = 0;
    if (at != 0) write(value, *this, at, shape);
  }
  template <typename T>
  void Table(size_t at, const std::optional<T>& value, WriteTable<std::type_identity_t<T>> write) {
    size_t shape = 0;
    if (at != 0) write(*value, *this, at, shape);
  }

  template <typename T>
  void Tables(size_t at, const std::vector<T>& values, WriteTable<std::type_identity_t<T>> write) {
    if (at == 0) return;
    size_t element_at = BeginOffsets(at, values.size());
    size_t shape = 0;
    for (const T& value : values) {
      write(value, *this, element_at, shape);
      element_at += sizeof(uint32_t);
    }
  }

 private:
  template <size_t kSlots>
  friend class TableWriter;

  static constexpr size_t kFirstRoom = 128;  // what most messages need
  static constexpr size_t kMoreRoom = 1024;
  static constexpr size_t kAlignmentMax = sizeof(uint64_t);

  // Makes sure that `count` bytes, and the padding before them, may be written.
  void MakeRoom(size_t count) {
    if (count + kAlignmentMax > room_ - size_) [[unlikely]] {
      Grow(count + kAlignmentMax);
    }
  }
  [[gnu::cold]] void Grow(size_t count) { SetRoom(size_ + count + kMoreRoom); }

  // Makes the string end `room` bytes after the message's begin. What is written there counts; the
  // rest is cut off in the end.
  void SetRoom(size_t room);

  // Makes the string end where the message ends.
  void Trim() {
    out_.resize(out_.size() - (room_ - size_));
    room_ = size_;
  }

  void Append(const char* bytes, size_t count) {
    if (count > room_ - size_) [[unlikely]] {
      return AppendLong(bytes, count);
    }
    if (count != 0) std::memcpy(data_ + size_, bytes, count);
    size_ += count;
  }
  // Without making room first, which would fill it with zeros.
  [[gnu::cold]] void AppendLong(const char* bytes, size_t count);

  // Where the target of the offset at `at` begins: zeros are written up to the next place that is
  // `ahead` bytes before a multiple of `alignment`. Room must be there.
  size_t Begin(size_t at, size_t alignment, size_t ahead) {
    char* const data = data_;
    const size_t end = size_;
    Store(data + end, uint64_t{0});
    const size_t begin = end + (-(end + ahead) & (alignment - 1));
    Store(data + at, static_cast<uint32_t>(begin - at));
    return begin;
  }

  void BeginVector(size_t at, size_t count, size_t element_bytes);

  // A vector of offsets, to be referred to one by one; returns the first one's place.
  size_t BeginOffsets(size_t at, size_t count);

  template <typename T>
  static void Store(char* to, const T& value) {
    std::memcpy(to, &value, sizeof(value));
  }

  std::string& out_;
  char* data_ = nullptr;            // where the message begins
  size_t size_ = sizeof(uint32_t);  // bytes of the message so far; first, the root's offset
  size_t room_ = 0;                 // how many there may be: there the string ends
};

// One table on its way into a message. `kSlots` is the highest field id, and one. Between
// construction and Finish nothing else is written.
//
//   TableWriter<2> table(writer, at, shape, {.fields_bytes = 12, .alignment = 8});
//   table.Scalar(0, value.amount, 1);                         // the widest fields first
//   const size_t who_at = table.Offset(1, !value.who.empty());
//   table.Finish();
//   writer.String(who_at, value.who);
//
// `shape` is where the table before in the same vector has its vtable (0: it is the first). One
// that is equal is not written again.
template <size_t kSlots>
class TableWriter {
 public:
  struct Extent {
    uint16_t fields_bytes = 0;  // of all fields together
    uint16_t alignment = 4;     // of the widest field, at least 4
  };

  TableWriter(MessageWriter& writer, size_t at, size_t& shape, Extent extent)
      : writer_(writer), shape_(shape) {
    // Where the vtable stays if no field is left out.
    const size_t table_bytes_max = (kHeaderBytes + extent.fields_bytes + 1u) & ~size_t{1};
    writer.MakeRoom(table_bytes_max + kVtableBytes);
    begin_ = writer.Begin(at, extent.alignment, kHeaderBytes);
    table_ = writer.data_ + begin_;
    vtable_ = table_ + table_bytes_max;
    std::memset(vtable_, 0, kVtableBytes);
  }
  TableWriter(const TableWriter&) = delete;
  TableWriter& operator=(const TableWriter&) = delete;

  // Left out if it has the default's bits: a negative zero and each NaN stay what they are.
  template <typename T>
  void Scalar(int slot, T value, std::type_identity_t<T> fallback) {
    if (std::memcmp(&value, &fallback, sizeof(T)) != 0) Scalar(slot, value);
  }

  template <typename T>
  void Scalar(int slot, T value) {
    static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>);
    MessageWriter::Store(table_ + Add(slot, sizeof(T)), value);
  }

  // Room for an offset if its part is `present`; returns the place, 0 if absent.
  size_t Offset(int slot, bool present) {
    return present ? begin_ + Add(slot, sizeof(uint32_t)) : 0;
  }

  // Ends the table, with its vtable behind it.
  void Finish() {
    MessageWriter::Store(vtable_, kVtableBytes);
    MessageWriter::Store(vtable_ + sizeof(kVtableBytes), table_bytes_);
    size_t end = begin_ + table_bytes_;
    size_t vtable_at = shape_;
    if (vtable_at == 0 || std::memcmp(writer_.data_ + vtable_at, vtable_, kVtableBytes) != 0) {
      if (end % sizeof(uint16_t) != 0) table_[table_bytes_] = '\0';
      vtable_at = (end + 1) & ~size_t{1};
      end = PlaceVtable(vtable_at);
    }
    MessageWriter::Store(table_, static_cast<int32_t>(begin_) - static_cast<int32_t>(vtable_at));
    shape_ = vtable_at;
    writer_.size_ = end;
  }

 private:
  static constexpr uint16_t kHeaderBytes = sizeof(int32_t);  // how far away the vtable is
  // Its own length, the table's, and the places of the fields.
  static constexpr uint16_t kVtableBytes = sizeof(uint16_t) * (2 + kSlots);

  // Gives the field its place in the table.
  size_t Add(int slot, size_t bytes) {
    const size_t place = table_bytes_;
    MessageWriter::Store(vtable_ + sizeof(uint16_t) * (2 + slot), table_bytes_);
    table_bytes_ = static_cast<uint16_t>(place + bytes);
    return place;
  }

  // Puts the vtable where it stays; returns its end.
  size_t PlaceVtable(size_t vtable_at) {
    char* const place = table_ + (vtable_at - begin_);
    if (place != vtable_) std::memmove(place, vtable_, kVtableBytes);
    return vtable_at + kVtableBytes;
  }

  MessageWriter& writer_;
  size_t& shape_;
  size_t begin_;  // where the table begins in the message, and in memory
  char* table_;
  char* vtable_;
  uint16_t table_bytes_ = kHeaderBytes;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CODEC_MESSAGE_WRITER_H_
