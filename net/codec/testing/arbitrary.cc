#include "rehearse/net/codec/testing/arbitrary.h"

#include <optional>
#include <type_traits>
#include <vector>

namespace rehearse::codec_test {
namespace {

constexpr size_t kElementsMax = 6;
constexpr int kTreeLevels = 3;

template <typename T>
void Draw(T& value) {
  if constexpr (std::is_enum_v<T>) {
    value = static_cast<T>(*rc::gen::arbitrary<std::underlying_type_t<T>>());
  } else {
    value = *rc::gen::arbitrary<T>();
  }
}

void Draw(Leaf& leaf) {
  Draw(leaf.name);
  Draw(leaf.weight);
  Draw(leaf.is_dry);
}

template <typename T>
void Draw(std::optional<T>& value) {
  if (*rc::gen::arbitrary<bool>()) Draw(value.emplace());
}

template <typename T>
void Draw(std::vector<T>& values) {
  const auto count = *rc::gen::inRange<size_t>(0, kElementsMax + 1);
  for (size_t i = 0; i < count; ++i) {
    T value{};
    Draw(value);
    values.push_back(value);
  }
}

void Draw(Tree& tree, int levels) {
  Draw(tree.value);
  const auto count = *rc::gen::inRange<size_t>(0, kElementsMax + 1);
  for (size_t i = 0; i < count && levels > 1; ++i) Draw(tree.children.emplace_back(), levels - 1);
}

void Draw(Form& form, int levels) {
  switch (*rc::gen::inRange(0, levels > 1 ? 4 : 2)) {
    case 1: Draw(form.emplace<Circle>().radius); return;
    case 2: {
      Box& box = form.emplace<Box>();
      Draw(box.label);
      const auto count = *rc::gen::inRange<size_t>(0, kElementsMax + 1);
      for (size_t i = 0; i < count; ++i) Draw(box.inside.emplace_back(), levels - 1);
      return;
    }
    case 3: return Draw(form.emplace<Tree>(), levels - 1);
    default: return;  // none
  }
}

}  // namespace

Numbers DrawNumbers() {
  Numbers numbers;
  Draw(numbers.flag);
  Draw(numbers.set_flag);
  Draw(numbers.int8);
  Draw(numbers.uint8);
  Draw(numbers.int16);
  Draw(numbers.uint16);
  Draw(numbers.int32);
  Draw(numbers.uint32);
  Draw(numbers.int64);
  Draw(numbers.uint64);
  Draw(numbers.real);
  Draw(numbers.wide_real);
  Draw(numbers.endless);
  Draw(numbers.bottomless);
  Draw(numbers.no_number);
  Draw(numbers.zero);
  Draw(numbers.color);
  Draw(numbers.rights);
  Draw(numbers.depth);
  Draw(numbers.serial);
  return numbers;
}

Parts DrawParts() {
  Parts parts;
  Draw(parts.text);
  Draw(parts.bytes);
  Draw(parts.leaf);
  Draw(parts.other_leaf);
  Draw(parts.texts);
  Draw(parts.leaves);
  Draw(parts.flags);
  Draw(parts.int8s);
  Draw(parts.int16s);
  Draw(parts.uint16s);
  Draw(parts.int32s);
  Draw(parts.uint32s);
  Draw(parts.int64s);
  Draw(parts.uint64s);
  Draw(parts.reals);
  Draw(parts.wide_reals);
  Draw(parts.colors);
  Draw(parts.depths);
  return parts;
}

Tree DrawTree() {
  Tree tree;
  Draw(tree, kTreeLevels);
  return tree;
}

Drawing DrawDrawing() {
  Drawing drawing;
  Draw(drawing.title);
  Draw(drawing.form, kTreeLevels);
  Draw(drawing.main.emplace<Circle>().radius);
  const auto count = *rc::gen::inRange<size_t>(0, kElementsMax + 1);
  for (size_t i = 0; i < count; ++i) Draw(drawing.forms.emplace_back(), kTreeLevels);
  Draw(drawing.is_done);
  return drawing;
}

std::string DrawFlipped(std::string bytes) {
  const auto flips = *rc::gen::inRange<int>(1, 5);
  for (int i = 0; i < flips; ++i) {
    const auto bit = *rc::gen::inRange<size_t>(0, bytes.size() * 8);
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
  }
  return bytes;
}

}  // namespace rehearse::codec_test
