// Laws of generated messages: nothing is lost, and nothing a stranger sends does harm.

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "rehearse/net/codec/testing/arbitrary.h"
#include "rehearse/net/codec/testing/everything.h"

namespace rehearse::codec_test {
namespace {

template <typename T>
std::string BytesOf(const T& message) {
  std::string bytes;
  message.AppendTo(bytes);
  return bytes;
}

template <typename T>
void ExpectRoundTrip(const T& message) {
  const std::string bytes = BytesOf(message);
  const absl::StatusOr<T> parsed = T::Parse(bytes);
  RC_ASSERT(parsed.ok());
  RC_ASSERT(*parsed == message);
  RC_ASSERT(BytesOf(*parsed) == bytes);
}

// Whatever the bytes: an error or a message, and a message that can be sent on.
template <typename T>
void ExpectHarmless(const std::string& bytes) {
  const absl::StatusOr<T> parsed = T::Parse(bytes);
  if (!parsed.ok()) {
    RC_ASSERT(parsed.status().code() == absl::StatusCode::kDataLoss);
    return;
  }
  const std::string again = BytesOf(*parsed);
  RC_ASSERT(T::Parse(again).ok());
}

void ExpectHarmlessAsAnything(const std::string& bytes) {
  ExpectHarmless<Numbers>(bytes);
  ExpectHarmless<Perhaps>(bytes);
  ExpectHarmless<Parts>(bytes);
  ExpectHarmless<Required>(bytes);
  ExpectHarmless<Empty>(bytes);
  ExpectHarmless<Tree>(bytes);
  ExpectHarmless<Chapter>(bytes);
  ExpectHarmless<Drawing>(bytes);
}

RC_GTEST_PROP(MessagesProperty, NumbersComeBack, ()) { ExpectRoundTrip(DrawNumbers()); }

RC_GTEST_PROP(MessagesProperty, PartsComeBack, ()) { ExpectRoundTrip(DrawParts()); }

RC_GTEST_PROP(MessagesProperty, TreesComeBack, ()) { ExpectRoundTrip(DrawTree()); }

RC_GTEST_PROP(MessagesProperty, UnionsComeBack, ()) { ExpectRoundTrip(DrawDrawing()); }

RC_GTEST_PROP(MessagesProperty, RandomBytesDoNoHarm, (const std::string& bytes)) {
  ExpectHarmlessAsAnything(bytes);
}

// Small numbers make offsets that stay inside.
RC_GTEST_PROP(MessagesProperty, RandomSmallNumbersDoNoHarm, ()) {
  const auto words = *rc::gen::container<std::vector<uint16_t>>(rc::gen::inRange<uint16_t>(0, 64));
  std::string bytes;
  for (const uint16_t word : words) {
    bytes.push_back(static_cast<char>(word & 0xff));
    bytes.push_back(static_cast<char>(word >> 8));
  }
  ExpectHarmlessAsAnything(bytes);
}

RC_GTEST_PROP(MessagesProperty, FlippedBitsOfNumbersDoNoHarm, ()) {
  ExpectHarmlessAsAnything(DrawFlipped(BytesOf(DrawNumbers())));
}

RC_GTEST_PROP(MessagesProperty, FlippedBitsOfPartsDoNoHarm, ()) {
  ExpectHarmlessAsAnything(DrawFlipped(BytesOf(DrawParts())));
}

RC_GTEST_PROP(MessagesProperty, FlippedBitsOfTreesDoNoHarm, ()) {
  ExpectHarmlessAsAnything(DrawFlipped(BytesOf(DrawTree())));
}

RC_GTEST_PROP(MessagesProperty, FlippedBitsOfUnionsDoNoHarm, ()) {
  ExpectHarmlessAsAnything(DrawFlipped(BytesOf(DrawDrawing())));
}

}  // namespace
}  // namespace rehearse::codec_test
