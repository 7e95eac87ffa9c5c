// Reading a message where it lies, without unpacking it: what generated views are made of.
//
// All of this stands on bytes that were checked before (the generated ViewOf does it, as Parse
// does), and that stay as long as the view. Nothing is checked again, and nothing needs alignment.

#ifndef REHEARSE_NET_CODEC_TABLE_VIEW_H_
#define REHEARSE_NET_CODEC_TABLE_VIEW_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <type_traits>
#include <vector>

#include "absl/strings/string_view.h"

namespace rehearse::net {

template <typename T>
T LoadAt(const char* at) {
  if constexpr (std::is_same_v<T, bool>) {
    return *at != '\0';
  } else {
    T value;
    std::memcpy(&value, at, sizeof(value));
    return value;
  }
}

// What the offset at `at` refers to.
inline const char* TargetAt(const char* at) { return at + LoadAt<uint32_t>(at); }

// A vector of numbers, enumerators or bools.
template <typename T>
class ScalarsView {
 public:
  explicit ScalarsView(absl::string_view bytes = {}) : bytes_(bytes) {}

  size_t size() const { return bytes_.size() / sizeof(T); }
  bool empty() const { return bytes_.empty(); }
  T operator[](size_t i) const { return LoadAt<T>(bytes_.data() + i * sizeof(T)); }

  // They as they lie there: little-endian, one after the other, at no particular alignment.
  absl::string_view bytes() const { return bytes_; }
  std::vector<T> ToVector() const {
    std::vector<T> values;
    values.reserve(size());
    for (size_t i = 0; i < size(); ++i) values.push_back((*this)[i]);
    return values;
  }

 private:
  absl::string_view bytes_;
};

// What is at an offset in a vector, as a string.
inline absl::string_view StringAt(const char* offset) {
  const char* const at = TargetAt(offset);
  return absl::string_view(at + sizeof(uint32_t), LoadAt<uint32_t>(at));
}

// A vector of offsets; what is at each is made of the place of its offset.
template <typename V, V (*kAt)(const char* offset)>
class OffsetsView {
 public:
  explicit OffsetsView(absl::string_view offsets = {}) : offsets_(offsets) {}

  size_t size() const { return offsets_.size() / sizeof(uint32_t); }
  bool empty() const { return offsets_.empty(); }
  V operator[](size_t i) const { return kAt(offsets_.data() + i * sizeof(uint32_t)); }

 private:
  absl::string_view offsets_;
};

using StringsView = OffsetsView<absl::string_view, &StringAt>;

class TableView {
 public:
  // `table` is where it begins.
  explicit TableView(const char* table)
      : table_(table),
        vtable_(table - LoadAt<int32_t>(table)),
        vtable_bytes_(LoadAt<uint16_t>(vtable_)) {}
  // The root of a message.
  static TableView RootOf(absl::string_view bytes) { return TableView(TargetAt(bytes.data())); }

  bool Has(int slot) const { return Place(slot) != nullptr; }

  template <typename T>
  T Scalar(int slot, std::type_identity_t<T> fallback) const {
    const char* const at = Place(slot);
    return at == nullptr ? fallback : LoadAt<T>(at);
  }
  template <typename T>
  std::optional<T> Scalar(int slot) const {
    const char* const at = Place(slot);
    if (at == nullptr) return std::nullopt;
    return LoadAt<T>(at);
  }
  // A string or [ubyte]; empty if it is absent.
  absl::string_view String(int slot) const { return Elements(slot, 1); }
  template <typename T>
  ScalarsView<T> Scalars(int slot) const {
    return ScalarsView<T>(Elements(slot, sizeof(T)));
  }
  // The offsets of a vector.
  absl::string_view Offsets(int slot) const { return Elements(slot, sizeof(uint32_t)); }
  // A table that is there; and where its offset is, null if it is not.
  TableView Table(int slot) const { return TableView(TargetAt(Place(slot))); }
  const char* OffsetOf(int slot) const { return Place(slot); }

 private:
  static constexpr size_t kVtableHeaderBytes = 4;

  // Where the field is; null if it is absent.
  const char* Place(int slot) const {
    const size_t entry = kVtableHeaderBytes + sizeof(uint16_t) * static_cast<size_t>(slot);
    if (entry >= vtable_bytes_) return nullptr;
    const auto offset = LoadAt<uint16_t>(vtable_ + entry);
    return offset == 0 ? nullptr : table_ + offset;
  }
  absl::string_view Elements(int slot, size_t element_bytes) const {
    const char* const place = Place(slot);
    if (place == nullptr) return {};
    const char* const at = TargetAt(place);
    return absl::string_view(at + sizeof(uint32_t), LoadAt<uint32_t>(at) * element_bytes);
  }

  const char* table_;
  const char* vtable_;
  size_t vtable_bytes_;
};

// The table at an offset.
inline TableView TableAtOffset(const char* offset) { return TableView(TargetAt(offset)); }

// A vector of tables that V shows.
template <typename V>
V TableAt(const char* offset) {
  return V(TableAtOffset(offset));
}
template <typename V>
using TablesView = OffsetsView<V, &TableAt<V>>;

// A vector of unions that the variant U shows; `kOf` makes one of a table and its code.
template <typename U, U (*kOf)(uint8_t code, const char* offset)>
class UnionsView {
 public:
  UnionsView(absl::string_view codes, absl::string_view offsets)
      : codes_(codes), offsets_(offsets) {}

  size_t size() const { return codes_.size(); }
  bool empty() const { return codes_.empty(); }
  U operator[](size_t i) const {
    return kOf(static_cast<uint8_t>(codes_[i]), offsets_.data() + i * sizeof(uint32_t));
  }

 private:
  absl::string_view codes_;
  absl::string_view offsets_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CODEC_TABLE_VIEW_H_
