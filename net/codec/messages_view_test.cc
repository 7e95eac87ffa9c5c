// Views: they take what Parse takes, show what it reads, and copy nothing.

#include <cstring>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "rehearse/net/codec/testing/arbitrary.h"
#include "rehearse/net/codec/testing/everything.h"
#include "rehearse/net/codec/view.h"

namespace rehearse::codec_test {
namespace {

using net::View;

template <typename T>
std::string BytesOf(const T& message) {
  std::string bytes;
  message.AppendTo(bytes);
  return bytes;
}

template <typename T, typename Shown>
bool Shows(const Shown& shown, const std::vector<T>& values);

bool Shows(const LeafView& shown, const Leaf& leaf) {
  return shown.name() == leaf.name && shown.weight() == leaf.weight &&
         shown.is_dry() == leaf.is_dry;
}
bool Shows(const CircleView& shown, const Circle& circle) {
  const double radius = shown.radius();
  return std::memcmp(&radius, &circle.radius, sizeof(radius)) == 0;
}
bool Shows(const TreeView& shown, const Tree& tree) {
  return shown.value() == tree.value && Shows(shown.children(), tree.children);
}
bool Shows(const FormView& shown, const Form& form);
bool Shows(const BoxView& shown, const Box& box) {
  return shown.label() == box.label && Shows(shown.inside(), box.inside);
}
bool Shows(const FormView& shown, const Form& form) {
  if (shown.index() != form.index()) return false;
  switch (form.index()) {
    case 1: return Shows(std::get<1>(shown), std::get<1>(form));
    case 2: return Shows(std::get<2>(shown), std::get<2>(form));
    case 3: return Shows(std::get<3>(shown), std::get<3>(form));
    default: return true;
  }
}
bool Shows(absl::string_view shown, const std::string& text) { return shown == text; }
template <typename T>
std::enable_if_t<std::is_arithmetic_v<T> || std::is_enum_v<T>, bool> Shows(T shown, T value) {
  return std::memcmp(&shown, &value, sizeof(T)) == 0;  // one that is no number equals nothing
}
template <typename V, typename T>
bool Shows(const std::optional<V>& shown, const std::optional<T>& value) {
  return shown.has_value() == value.has_value() && (!shown.has_value() || Shows(*shown, *value));
}
template <typename T, typename Shown>
bool Shows(const Shown& shown, const std::vector<T>& values) {
  bool same = shown.size() == values.size() && shown.empty() == values.empty();
  for (size_t i = 0; same && i < values.size(); ++i) {
    const T& value = values[i];
    same = Shows(shown[i], value);
  }
  return same;
}
bool Shows(const PartsView& shown, const Parts& parts) {
  return Shows(shown.text(), parts.text) && Shows(shown.bytes(), parts.bytes) &&
         Shows(shown.leaf(), parts.leaf) && Shows(shown.other_leaf(), parts.other_leaf) &&
         Shows(shown.texts(), parts.texts) && Shows(shown.leaves(), parts.leaves) &&
         Shows(shown.flags(), parts.flags) && Shows(shown.int8s(), parts.int8s) &&
         Shows(shown.uint16s(), parts.uint16s) && Shows(shown.int64s(), parts.int64s) &&
         Shows(shown.wide_reals(), parts.wide_reals) && Shows(shown.colors(), parts.colors) &&
         Shows(shown.depths(), parts.depths);
}
bool Shows(const PerhapsView& shown, const Perhaps& perhaps) {
  return Shows(shown.flag(), perhaps.flag) && Shows(shown.int8(), perhaps.int8) &&
         Shows(shown.uint64(), perhaps.uint64) && Shows(shown.real(), perhaps.real) &&
         Shows(shown.color(), perhaps.color);
}
bool Shows(const RequiredView& shown, const Required& required) {
  return shown.text() == required.text && shown.bytes() == required.bytes &&
         Shows(shown.leaf(), required.leaf) && Shows(shown.leaves(), required.leaves);
}
bool Shows(const NumbersView& shown, const Numbers& numbers) {
  return Shows(shown.set_flag(), numbers.set_flag) && Shows(shown.int64(), numbers.int64) &&
         Shows(shown.real(), numbers.real) && Shows(shown.no_number(), numbers.no_number) &&
         Shows(shown.color(), numbers.color) && Shows(shown.serial(), numbers.serial);
}
bool Shows(const DrawingView& shown, const Drawing& drawing) {
  return shown.title() == drawing.title && Shows(shown.form(), drawing.form) &&
         Shows(shown.main(), drawing.main) && Shows(shown.forms(), drawing.forms) &&
         shown.is_done() == drawing.is_done;
}

// Whatever the bytes.
template <typename M>
bool ViewAgrees(const std::string& bytes) {
  const absl::StatusOr<M> message = M::Parse(bytes);
  const absl::StatusOr<typename M::View> view = M::ViewOf(bytes);
  if (message.ok() != view.ok()) return false;
  return message.ok() ? Shows(*view, *message) : message.status() == view.status();
}
bool AllViewsAgree(const std::string& bytes) {
  return ViewAgrees<Numbers>(bytes) && ViewAgrees<Perhaps>(bytes) && ViewAgrees<Parts>(bytes) &&
         ViewAgrees<Required>(bytes) && ViewAgrees<Tree>(bytes) && ViewAgrees<Drawing>(bytes);
}

TEST(MessagesViewTest, ShowsDefaultsWhereNothingIsThere) {
  EXPECT_TRUE(AllViewsAgree(BytesOf(Numbers())));
  EXPECT_TRUE(AllViewsAgree(BytesOf(Parts())));
  EXPECT_TRUE(AllViewsAgree(BytesOf(Drawing())));
  EXPECT_TRUE(AllViewsAgree(""));
}

TEST(MessagesViewTest, TakesTheFrameAlongAndCopiesNothing) {
  const Parts parts{.bytes = std::string(size_t{1} << 20, 'x')};
  std::string frame = "an envelope around it";
  const size_t at = frame.size();
  parts.AppendTo(frame);
  const char* const begin = frame.data();
  const char* const end = begin + frame.size();
  absl::StatusOr<View<Parts>> adopted = View<Parts>::Adopt(frame, at, frame.size() - at);
  ASSERT_TRUE(adopted.ok());
  const View<Parts> view = *std::move(adopted);  // as into an envelope, and a mailbox
  EXPECT_EQ(view->bytes().size(), size_t{1} << 20);
  EXPECT_GE(view->bytes().data(), begin);
  EXPECT_LT(view->bytes().data(), end);
}

TEST(MessagesViewTest, LeavesAFrameAloneThatItRefuses) {
  std::string frame = "junk";
  EXPECT_TRUE(absl::IsDataLoss(View<Parts>::Adopt(frame, 0, 4).status()));
  EXPECT_EQ(frame, "junk");
}

TEST(MessagesViewTest, IsPackedOnceAndUnpackedAsItWas) {
  const Drawing drawing{.title = "t", .main = Circle{.radius = 1}};
  const View<Drawing> view = View<Drawing>::Of(drawing);
  EXPECT_EQ(*view.Unpack(), drawing);
  EXPECT_EQ(BytesOf(view), BytesOf(drawing));
  EXPECT_EQ(*View<Drawing>::Parse(BytesOf(view)), view);
  EXPECT_EQ(View<Drawing>::kMessageId, Drawing::kMessageId);
}

RC_GTEST_PROP(MessagesViewProperty, ShowsAllThatWasWritten, ()) {
  RC_ASSERT(ViewAgrees<Numbers>(BytesOf(DrawNumbers())));
  RC_ASSERT(ViewAgrees<Parts>(BytesOf(DrawParts())));
  RC_ASSERT(ViewAgrees<Tree>(BytesOf(DrawTree())));
  RC_ASSERT(ViewAgrees<Drawing>(BytesOf(DrawDrawing())));
}

RC_GTEST_PROP(MessagesViewProperty, TakesWhatParseTakesAndNothingElse, ()) {
  RC_ASSERT(AllViewsAgree(DrawFlipped(BytesOf(DrawParts()))));
  RC_ASSERT(AllViewsAgree(DrawFlipped(BytesOf(DrawDrawing()))));
  RC_ASSERT(AllViewsAgree(DrawFlipped(BytesOf(DrawNumbers()))));
}

}  // namespace
}  // namespace rehearse::codec_test
