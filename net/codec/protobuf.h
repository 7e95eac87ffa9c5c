// The wire format of protobuf, by hand: field by field, in the order that we choose.
//
// Differences from protobuf: no groups; numbers have at most 63 bits, in their shortest form. The
// bytes of keys are hashed and signed, so their one form matters, which a generated codec does not
// promise.

#ifndef REHEARSE_NET_CODEC_PROTOBUF_H_
#define REHEARSE_NET_CODEC_PROTOBUF_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rehearse::net {

void AppendProtobufNumber(uint32_t field, uint64_t value, std::string& out);
void AppendProtobufBytes(uint32_t field, absl::string_view bytes, std::string& out);

// A field that was read.
struct ProtobufField {
  enum class Kind : uint8_t { kNumber, kBytes, kFixed };  // kFixed: 4 or 8 bytes, for skipping

  uint32_t number = 0;
  Kind kind = Kind::kNumber;
  uint64_t value = 0;       // of kNumber
  absl::string_view bytes;  // of the others, a view into the message

  bool IsNumber(uint32_t field) const { return number == field && kind == Kind::kNumber; }
  bool IsBytes(uint32_t field) const { return number == field && kind == Kind::kBytes; }
};

// Takes the next field off the front of `message`; nothing at its end.
//   kDataLoss  it is no protobuf; the message says what was found.
absl::StatusOr<std::optional<ProtobufField>> TakeProtobufField(absl::string_view& message);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_CODEC_PROTOBUF_H_
