#include "rehearse/net/codec/protobuf.h"

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/codec/uvarint.h"

namespace rehearse::net {
namespace {

constexpr uint32_t kVarint = 0;
constexpr uint32_t kFixed64 = 1;
constexpr uint32_t kCounted = 2;
constexpr uint32_t kFixed32 = 5;

constexpr uint64_t kFieldMax = (uint64_t{1} << 29) - 1;

absl::StatusOr<absl::string_view> TakeFixed(absl::string_view& message, size_t count) {
  if (message.size() < count) {
    return absl::DataLossError(
        absl::StrCat("protobuf: a field of ", count, " bytes, ", message.size(), " are there"));
  }
  const absl::string_view fixed = message.substr(0, count);
  message.remove_prefix(count);
  return fixed;
}

}  // namespace

void AppendProtobufNumber(uint32_t field, uint64_t value, std::string& out) {
  AppendUvarint(uint64_t{field} << 3 | kVarint, out);
  AppendUvarint(value, out);
}

void AppendProtobufBytes(uint32_t field, absl::string_view bytes, std::string& out) {
  AppendUvarint(uint64_t{field} << 3 | kCounted, out);
  AppendCounted(bytes, out);
}

absl::StatusOr<std::optional<ProtobufField>> TakeProtobufField(absl::string_view& message) {
  if (message.empty()) return std::nullopt;
  REHEARSE_ASSIGN_OR_RETURN(const uint64_t tag, TakeWholeUvarint(message));
  if (tag >> 3 == 0 || tag >> 3 > kFieldMax) {
    return absl::DataLossError(absl::StrCat("protobuf: no field has the number ", tag >> 3));
  }
  ProtobufField field;
  field.number = static_cast<uint32_t>(tag >> 3);
  field.kind = ProtobufField::Kind::kFixed;
  switch (tag & 7) {
    case kVarint: {
      field.kind = ProtobufField::Kind::kNumber;
      REHEARSE_ASSIGN_OR_RETURN(field.value, TakeWholeUvarint(message));
      return field;
    }
    case kCounted: {
      field.kind = ProtobufField::Kind::kBytes;
      REHEARSE_ASSIGN_OR_RETURN(field.bytes, TakeCounted(message));
      return field;
    }
    case kFixed64: {
      REHEARSE_ASSIGN_OR_RETURN(field.bytes, TakeFixed(message, 8));
      return field;
    }
    case kFixed32: {
      REHEARSE_ASSIGN_OR_RETURN(field.bytes, TakeFixed(message, 4));
      return field;
    }
    default:
      return absl::DataLossError(
          absl::StrCat("protobuf: field ", field.number, " is of unknown kind ", tag & 7));
  }
}

}  // namespace rehearse::net
