// Reads one FlatBuffer that anybody may have sent.
//
// The library reads without looking and has a verifier to run first; here each step is checked as
// it is taken, so a message is walked once, needs no alignment and is never trusted. Generated code
// and the envelope call this; nobody else does. What is accepted, past the format itself:
//
//   - tables nest at most kDepthMax deep;
//   - each byte is read at most once: parts that are shared count as often as they are referred to,
//     and a message that adds up to more than its own length is refused. So tables, steps and
//     memory are linear in what arrived, however its offsets are tied. (Writers share nothing
//     unless they are told to; vtables may be shared.)
//
// Nothing else is asked: unknown fields are skipped, missing ones keep their default, and a number
// that no enumerator has stays that number.

#ifndef REHEARSE_NET_CODEC_MESSAGE_READER_H_
#define REHEARSE_NET_CODEC_MESSAGE_READER_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace rehearse::net {

// One message that is being read. Where a call returns false, it was refused: every caller stops,
// and Error() says why.
class MessageReader {
 public:
  static constexpr int kDepthMax = 64;
  // In one vector: each takes its reader much more than the bytes that came.
  static constexpr size_t kRefsMax = 1024;

  // `bytes` outlives the reader and every view it hands out.
  explicit MessageReader(absl::string_view bytes) : bytes_(bytes), budget_(bytes.size()) {}
  MessageReader(const MessageReader&) = delete;
  MessageReader& operator=(const MessageReader&) = delete;

  // The place of the root table; one that no table can have if there is none.
  size_t Root() {
    size_t root = 0;
    if (!Holds(0, sizeof(uint32_t)) || !Follow(0, root)) return bytes_.size();
    return root;
  }

  // kDataLoss: what was read, of how many bytes, and what is wrong at which of them.
  absl::Status Error(absl::string_view message_name) const;

 private:
  friend class TableReader;

  // Remembers the first thing that is wrong. Returns false.
  [[gnu::cold]] bool Fail(const char* what, size_t at);

  bool Holds(size_t at, size_t count) const {
    return at <= bytes_.size() && count <= bytes_.size() - at;
  }

  // Counts `count` bytes at `at` as read, if they are there and not read too often.
  bool Take(size_t at, size_t count) {
    if (!Holds(at, count)) return Fail("a part reaches past the end", at);
    if (count > budget_) return Fail("its parts add up to more than it holds", at);
    budget_ -= count;
    return true;
  }

  template <typename T>
  T Load(size_t at) const {
    T value;
    std::memcpy(&value, bytes_.data() + at, sizeof(value));
    return value;
  }

  // Follows the offset at `at`, which is inside the message.
  bool Follow(size_t at, size_t& target) {
    const size_t offset = Load<uint32_t>(at);
    target = at + offset;
    return (offset != 0 && target < bytes_.size()) || Fail("an offset leads nowhere", at);
  }

  // The elements of the vector at `at`, as the bytes they are.
  bool Vector(size_t at, size_t element_bytes, absl::string_view& elements) {
    if (!Take(at, sizeof(uint32_t))) return false;
    const size_t first = at + sizeof(uint32_t);
    const size_t count = Load<uint32_t>(at) * element_bytes;
    if (!Take(first, count)) return false;
    elements = bytes_.substr(first, count);
    return true;
  }

  bool String(size_t at, absl::string_view& text);

  size_t PlaceOf(absl::string_view part) const {
    return static_cast<size_t>(part.data() - bytes_.data());
  }

  const absl::string_view bytes_;
  size_t budget_;
  int depth_ = 0;
  const char* wrong_ = nullptr;
  size_t wrong_at_ = 0;
};

// One table of a message. While it lives, it counts as one level of depth.
//
//   TableReader table(reader, at);
//   return table.ok() && table.Scalar(0, value.amount) && table.String(1, value.who);
//
// A field that is absent leaves the variable alone.
class TableReader {
 public:
  TableReader(MessageReader& reader, size_t at) : reader_(reader), begin_(at), ok_(Open()) {}
  ~TableReader() { --reader_.depth_; }
  TableReader(const TableReader&) = delete;
  TableReader& operator=(const TableReader&) = delete;

  bool ok() const { return ok_; }

  // Refuses a table that lacks the field: `what` says so ("required field who is missing").
  bool Require(int slot, const char* what) {
    return FieldOffset(slot) != 0 || reader_.Fail(what, begin_);
  }

  // A number, an enumerator or a bool.
  template <typename T>
  bool Scalar(int slot, T& value) {
    static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>);
    const size_t offset = FieldOffset(slot);
    if (offset == 0) return true;
    if (!Holds(offset, sizeof(T))) return false;
    if constexpr (std::is_same_v<T, bool>) {
      value = reader_.Load<uint8_t>(begin_ + offset) != 0;
    } else {
      value = reader_.Load<T>(begin_ + offset);
    }
    return true;
  }
  template <typename T>
  bool Scalar(int slot, std::optional<T>& value) {
    return FieldOffset(slot) == 0 || Scalar(slot, value.emplace());
  }

  // A string, as a view into the message, or copied.
  bool String(int slot, absl::string_view& text) {
    const size_t offset = FieldOffset(slot);
    return offset == 0 || StringAt(offset, text);
  }
  bool String(int slot, std::string& text) {
    absl::string_view view;
    if (!String(slot, view)) return false;
    text = std::string(view);
    return true;
  }

  // A vector of bytes, likewise.
  bool Bytes(int slot, absl::string_view& bytes) {
    const size_t offset = FieldOffset(slot);
    return offset == 0 || ElementsAt(offset, 1, bytes);
  }
  bool Bytes(int slot, std::string& bytes) {
    absl::string_view view;
    if (!Bytes(slot, view)) return false;
    bytes = std::string(view);
    return true;
  }

  template <typename T>
  bool Scalars(int slot, std::vector<T>& values);
  bool Scalars(int slot, std::vector<bool>& values);

  bool Strings(int slot, std::vector<std::string>& values);

  // `read` is the function that reads a table of type T.
  template <typename T>
  using ReadTable = bool (*)(MessageReader& reader, size_t at, T& value);

  template <typename T>
  bool Table(int slot, T& value, ReadTable<std::type_identity_t<T>> read) {
    size_t at = 0;
    const size_t offset = FieldOffset(slot);
    return offset == 0 || (TargetOf(offset, at) && read(reader_, at, value));
  }
  template <typename T>
  bool Table(int slot, std::optional<T>& value, ReadTable<std::type_identity_t<T>> read) {
    return FieldOffset(slot) == 0 || Table(slot, value.emplace(), read);
  }

  template <typename T>
  bool Tables(int slot, std::vector<T>& values, ReadTable<std::type_identity_t<T>> read);

  // `read` is the function that reads one of a union's tables, the one with that code; it leaves
  // what it does not know alone. The code is in the slot before.
  template <typename U>
  using ReadUnion = bool (*)(MessageReader& reader, uint8_t code, size_t at, U& value);

  template <typename U>
  bool Union(int slot, U& value, ReadUnion<std::type_identity_t<U>> read);
  template <typename U>
  bool Unions(int slot, std::vector<U>& values, ReadUnion<std::type_identity_t<U>> read);

  // For who looks at the message where it lies: the same checks, and nothing is taken in.
  bool CheckScalar(int slot, size_t bytes) {
    const size_t offset = FieldOffset(slot);
    return offset == 0 || Holds(offset, bytes);
  }
  bool CheckString(int slot) {
    absl::string_view text;
    return String(slot, text);
  }
  bool CheckElements(int slot, size_t element_bytes) {
    absl::string_view elements;
    return Elements(slot, element_bytes, elements);
  }
  bool CheckStrings(int slot);
  // `check` is the function that checks a table of type T; it is told by a null pointer which.
  template <typename T>
  using Check = bool (*)(MessageReader& reader, size_t at, const T*);
  template <typename T>
  bool CheckTable(int slot, Check<T> check) {
    size_t at = 0;
    const size_t offset = FieldOffset(slot);
    return offset == 0 || (TargetOf(offset, at) && check(reader_, at, nullptr));
  }
  template <typename T>
  bool CheckTables(int slot, Check<T> check);
  // The same of a union's tables, by their codes.
  template <typename U>
  using CheckUnionOf = bool (*)(MessageReader& reader, uint8_t code, size_t at, const U*);
  template <typename U>
  bool CheckUnion(int slot, CheckUnionOf<U> check);
  template <typename U>
  bool CheckUnions(int slot, CheckUnionOf<U> check);

  // `read` makes a ref of an actor's address; null, or why it can't.
  template <typename R>
  using ReadRef = const char* (*)(absl::string_view address, R& ref);

  template <typename R>
  bool Ref(int slot, R& ref, ReadRef<std::type_identity_t<R>> read);
  template <typename R>
  bool Refs(int slot, std::vector<R>& refs, ReadRef<std::type_identity_t<R>> read);

 private:
  static constexpr uint16_t kHeaderBytes = 4;
  static constexpr uint16_t kVtableHeaderBytes = 4;
  static constexpr size_t kOffsetBytes = 4;

  // Finds the vtable; false if that or the table is refused.
  bool Open();

  // How far into the table the field lies; 0 if it is absent.
  uint16_t FieldOffset(int slot) const {
    const size_t entry = kVtableHeaderBytes + 2 * static_cast<size_t>(slot);
    uint16_t offset = 0;
    if (entry < vtable_bytes_) std::memcpy(&offset, vtable_ + entry, sizeof(offset));
    return offset;
  }

  // Whether `bytes` bytes at that offset are the table's own.
  bool Holds(size_t offset, size_t bytes) {
    return offset + bytes <= table_bytes_ || reader_.Fail("a field outside its table", begin_);
  }

  // What the offset in a field refers to.
  bool TargetOf(size_t offset, size_t& target) {
    return Holds(offset, kOffsetBytes) && reader_.Follow(begin_ + offset, target);
  }

  bool StringAt(size_t offset, absl::string_view& text);

  // Those of a vector of tables. Each takes some bytes too, or no room is made for any.
  bool TableOffsets(int slot, absl::string_view& offsets) {
    if (!Elements(slot, kOffsetBytes, offsets)) return false;
    return offsets.size() <= reader_.budget_ || reader_.Fail("more tables than bytes", begin_);
  }
  // The same of strings.
  bool StringOffsets(int slot, absl::string_view& offsets) {
    if (!Elements(slot, kOffsetBytes, offsets)) return false;
    return offsets.size() <= reader_.budget_ || reader_.Fail("more strings than bytes", begin_);
  }
  // Which table a union is, 0 for none, and where.
  bool UnionAt(int slot, uint8_t& code, size_t& at);
  // The codes of a vector of unions, and the offsets; as many.
  bool UnionVectors(int slot, absl::string_view& codes, absl::string_view& offsets);

  // The elements of a vector, as the bytes they are.
  bool ElementsAt(size_t offset, size_t element_bytes, absl::string_view& elements);

  // The same of one that may be absent; then there are none.
  bool Elements(int slot, size_t element_bytes, absl::string_view& elements) {
    const size_t offset = FieldOffset(slot);
    return offset == 0 || ElementsAt(offset, element_bytes, elements);
  }

  MessageReader& reader_;
  const size_t begin_;
  const char* vtable_ = nullptr;
  size_t vtable_bytes_ = 0;
  size_t table_bytes_ = 0;
  const bool ok_;
};

inline bool TableReader::Open() {
  const size_t begin = begin_;
  if (++reader_.depth_ > MessageReader::kDepthMax) return reader_.Fail("nested too deep", begin);
  if (!reader_.Holds(begin, kHeaderBytes)) return reader_.Fail("a table past the end", begin);
  // May be negative, and then it is no place either.
  const size_t vtable = begin - static_cast<size_t>(int64_t{reader_.Load<int32_t>(begin)});
  if (!reader_.Holds(vtable, kVtableHeaderBytes)) {
    return reader_.Fail("a vtable past the end", begin);
  }
  const auto vtable_bytes = reader_.Load<uint16_t>(vtable);
  const auto table_bytes = reader_.Load<uint16_t>(vtable + sizeof(vtable_bytes));
  if (vtable_bytes < kVtableHeaderBytes || vtable_bytes % 2 != 0 || table_bytes < kHeaderBytes ||
      !reader_.Holds(vtable, vtable_bytes)) {
    return reader_.Fail("a vtable of an impossible length", vtable);
  }
  vtable_ = reader_.bytes_.data() + vtable;
  vtable_bytes_ = vtable_bytes;
  table_bytes_ = table_bytes;
  return reader_.Take(begin, table_bytes);
}

template <typename T>
bool TableReader::Scalars(int slot, std::vector<T>& values) {
  absl::string_view elements;
  if (!Elements(slot, sizeof(T), elements)) return false;
  values.resize(elements.size() / sizeof(T));
  if (!elements.empty()) std::memcpy(values.data(), elements.data(), elements.size());
  return true;
}

template <typename T>
bool TableReader::Tables(int slot, std::vector<T>& values,
                         ReadTable<std::type_identity_t<T>> read) {
  absl::string_view offsets;
  if (!TableOffsets(slot, offsets)) return false;
  values.reserve(offsets.size() / kOffsetBytes);
  for (; !offsets.empty(); offsets.remove_prefix(kOffsetBytes)) {
    size_t at = 0;
    if (!reader_.Follow(reader_.PlaceOf(offsets), at)) return false;
    if (!read(reader_, at, values.emplace_back())) return false;
  }
  return true;
}

template <typename U>
bool TableReader::Union(int slot, U& value, ReadUnion<std::type_identity_t<U>> read) {
  uint8_t code = 0;
  size_t at = 0;
  if (!UnionAt(slot, code, at)) return false;
  return code == 0 || read(reader_, code, at, value);
}

template <typename U>
bool TableReader::Unions(int slot, std::vector<U>& values,
                         ReadUnion<std::type_identity_t<U>> read) {
  absl::string_view codes;
  absl::string_view offsets;
  if (!UnionVectors(slot, codes, offsets)) return false;
  values.reserve(codes.size());
  for (const char code : codes) {
    U& value = values.emplace_back();
    size_t at = 0;
    const size_t place = reader_.PlaceOf(offsets);
    offsets.remove_prefix(kOffsetBytes);
    if (code == 0) continue;
    if (!reader_.Follow(place, at)) return false;
    if (!read(reader_, static_cast<uint8_t>(code), at, value)) return false;
  }
  return true;
}

template <typename T>
bool TableReader::CheckTables(int slot, Check<T> check) {
  absl::string_view offsets;
  if (!TableOffsets(slot, offsets)) return false;
  for (; !offsets.empty(); offsets.remove_prefix(kOffsetBytes)) {
    size_t at = 0;
    if (!reader_.Follow(reader_.PlaceOf(offsets), at) || !check(reader_, at, nullptr)) return false;
  }
  return true;
}

template <typename U>
bool TableReader::CheckUnion(int slot, CheckUnionOf<U> check) {
  uint8_t code = 0;
  size_t at = 0;
  if (!UnionAt(slot, code, at)) return false;
  return code == 0 || check(reader_, code, at, nullptr);
}
template <typename U>
bool TableReader::CheckUnions(int slot, CheckUnionOf<U> check) {
  absl::string_view codes;
  absl::string_view offsets;
  if (!UnionVectors(slot, codes, offsets)) return false;
  for (const char code : codes) {
    size_t at = 0;
    const size_t place = reader_.PlaceOf(offsets);
    offsets.remove_prefix(kOffsetBytes);
    if (code == 0) continue;
    if (!reader_.Follow(place, at)) return false;
    if (!check(reader_, static_cast<uint8_t>(code), at, nullptr)) return false;
  }
  return true;
}

template <typename R>
bool TableReader::Ref(int slot, R& ref, ReadRef<std::type_identity_t<R>> read) {
  absl::string_view address;
  if (FieldOffset(slot) == 0) return true;
  if (!String(slot, address)) return false;
  const char* const wrong = read(address, ref);
  return wrong == nullptr || reader_.Fail(wrong, begin_);
}

template <typename R>
bool TableReader::Refs(int slot, std::vector<R>& refs, ReadRef<std::type_identity_t<R>> read) {
  std::vector<std::string> addresses;
  if (!Strings(slot, addresses)) return false;
  if (addresses.size() > MessageReader::kRefsMax) {
    return reader_.Fail("more refs than a vector may have", begin_);
  }
  for (const std::string& address : addresses) {
    const char* const wrong = read(address, refs.emplace_back());
    if (wrong != nullptr) return reader_.Fail(wrong, begin_);
  }
  return true;
}

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CODEC_MESSAGE_READER_H_
