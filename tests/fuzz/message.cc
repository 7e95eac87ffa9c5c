// Generated messages: with all kinds of fields, one that nests, and one of unions.

#include <string>

#include "rehearse/net/codec/testing/everything.h"
#include "rehearse/tests/fuzz/fuzz_target.h"

namespace rehearse {
namespace {

template <typename T>
std::string BytesOf(const T& message) {
  std::string bytes;
  message.AppendTo(bytes);
  return bytes;
}

template <typename T>
void ReadAs(absl::string_view bytes) {
  const absl::StatusOr<T> message = T::Parse(bytes);
  REHEARSE_CHECK(T::ViewOf(bytes).ok() == message.ok(), "a view takes what Parse takes");
  if (!message.ok()) {
    REHEARSE_CHECK(absl::IsDataLoss(message.status()), message.status().ToString());
    return;
  }
  const std::string again = BytesOf(*message);
  const absl::StatusOr<T> parsed = T::Parse(again);
  REHEARSE_CHECK(parsed.ok(), parsed.status().ToString());
  // By bytes, since one that is no number equals nothing.
  REHEARSE_CHECK(BytesOf(*parsed) == again, "not what was read");
}

}  // namespace

void Fuzz(absl::string_view bytes) {
  ReadAs<codec_test::Numbers>(bytes);
  ReadAs<codec_test::Perhaps>(bytes);
  ReadAs<codec_test::Parts>(bytes);
  ReadAs<codec_test::Required>(bytes);
  ReadAs<codec_test::Tree>(bytes);
  ReadAs<codec_test::Drawing>(bytes);
}

}  // namespace rehearse
