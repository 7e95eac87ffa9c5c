// Laws of envelopes: nothing is lost, and nothing a stranger sends does harm.

#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "rehearse/net/codec/envelope.h"

namespace rehearse::net {
namespace {

// What the views of an envelope look at.
struct Texts {
  std::string target = *rc::gen::arbitrary<std::string>();
  std::string payload = *rc::gen::arbitrary<std::string>();
  std::string status_message = *rc::gen::arbitrary<std::string>();
  std::string node_name = *rc::gen::arbitrary<std::string>();
};

// Any envelope; about half of them with a message's members only.
WireEnvelope AnyEnvelope(const Texts& texts) {
  WireEnvelope envelope{.kind = static_cast<EnvelopeKind>(*rc::gen::inRange(1, 8)),
                        .request_id = *rc::gen::arbitrary<uint64_t>(),
                        .target = texts.target,
                        .message_id = {*rc::gen::arbitrary<uint64_t>(), 7},
                        .payload = texts.payload,
                        .timeout_nanos = *rc::gen::nonNegative<int64_t>(),
                        .incarnation = *rc::gen::arbitrary<uint64_t>()};
  if (envelope.kind == EnvelopeKind::kError || *rc::gen::arbitrary<bool>()) {
    envelope.status_code = static_cast<absl::StatusCode>(*rc::gen::inRange(1, 17));
    envelope.status_message = texts.status_message;
    envelope.effect = *rc::gen::arbitrary<uint8_t>();
    envelope.node_name = texts.node_name;
    envelope.protocol_version = *rc::gen::arbitrary<uint32_t>();
    envelope.flow = *rc::gen::arbitrary<uint64_t>();
    envelope.lane = *rc::gen::arbitrary<uint8_t>();
    envelope.session = *rc::gen::arbitrary<uint64_t>();
    envelope.sequence = *rc::gen::arbitrary<uint64_t>();
    envelope.settled = *rc::gen::arbitrary<uint64_t>();
  }
  return envelope;
}

std::string Encode(const WireEnvelope& envelope) {
  std::string bytes;
  EncodeEnvelope(envelope, bytes);
  return bytes;
}

void ExpectHarmless(absl::string_view bytes) {
  const absl::StatusOr<WireEnvelope> envelope = DecodeEnvelope(bytes);
  if (!envelope.ok()) {
    RC_ASSERT(envelope.status().code() == absl::StatusCode::kDataLoss);
    return;
  }
  const std::string again = Encode(*envelope);  // reads all that is viewed
  RC_ASSERT(DecodeEnvelope(again).value() == *envelope);
}

RC_GTEST_PROP(EnvelopeProperty, ComesBack, ()) {
  const Texts texts;
  const WireEnvelope envelope = AnyEnvelope(texts);
  const std::string bytes = Encode(envelope);
  RC_ASSERT(DecodeEnvelope(bytes).value() == envelope);
}

RC_GTEST_PROP(EnvelopeProperty, RandomBytesDoNoHarm, (const std::string& bytes)) {
  ExpectHarmless(bytes);
}

RC_GTEST_PROP(EnvelopeProperty, FlippedBitsDoNoHarm, ()) {
  const Texts texts;
  std::string bytes = Encode(AnyEnvelope(texts));
  const auto flips = *rc::gen::inRange<int>(1, 5);
  for (int i = 0; i < flips; ++i) {
    const auto bit = *rc::gen::inRange<size_t>(0, bytes.size() * 8);
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
  }
  ExpectHarmless(bytes);
}

RC_GTEST_PROP(EnvelopeProperty, AnyPrefixDoesNoHarm, ()) {
  const Texts texts;
  const std::string bytes = Encode(AnyEnvelope(texts));
  // On the heap to the byte, so that a sanitizer sees a read past the end.
  const auto size = *rc::gen::inRange<size_t>(0, bytes.size());
  const std::vector<char> prefix(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size));
  ExpectHarmless(absl::string_view(prefix.data(), prefix.size()));
}

}  // namespace
}  // namespace rehearse::net
