#include "rehearse/net/codec/envelope.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/net/codec/message_reader.h"
#include "rehearse/net/codec/message_writer.h"

namespace rehearse::net {
namespace {

static_assert(std::endian::native == std::endian::little, "FlatBuffers are little-endian");

// Field ids of envelope.fbs.
enum Slot : int {
  kKindSlot,
  kRequestIdSlot,
  kTargetSlot,
  kMessageIdHighSlot,
  kMessageIdLowSlot,
  kPayloadSlot,
  kTimeoutSlot,
  kIncarnationSlot,
  kStatusCodeSlot,
  kStatusMessageSlot,
  kEffectSlot,
  kNodeNameSlot,
  kProtocolVersionSlot,
  kFlowSlot,
  kLaneSlot,
  kSessionSlot,
  kSequenceSlot,
  kSettledSlot,
  kSlots,
};

// Nearly all envelopes carry a message or its answer and use the first eight fields. They are
// written in this one layout, which a reader recognises at a glance and takes in without looking up
// fields: a third of the work. To anybody else it is a FlatBuffer like any other.
//
// A root, its table with every field there, and the table's vtable; target and payload follow.
struct PlainEnvelope {
  static constexpr uint16_t kFieldsEnd = 53;

  uint32_t root = 4;
  int32_t to_vtable = -54;
  uint64_t request_id = 0;
  uint64_t message_id_high = 0;
  uint64_t message_id_low = 0;
  int64_t timeout_nanos = 0;
  uint64_t incarnation = 0;
  uint32_t to_target = 0;
  uint32_t to_payload = 0;
  EnvelopeKind kind = EnvelopeKind::kTell;
  uint8_t padding = 0;
  uint16_t vtable[10] = {sizeof(vtable), kFieldsEnd, 52, 4, 44, 12, 20, 48, 28, 36};
  uint16_t end_padding = 0;
};

constexpr size_t kTableAt = offsetof(PlainEnvelope, to_vtable);
constexpr size_t kFieldsAt = offsetof(PlainEnvelope, request_id);
constexpr size_t kVtableAt = offsetof(PlainEnvelope, vtable);
constexpr size_t kTargetAt = offsetof(PlainEnvelope, to_target);
constexpr size_t kPayloadAt = offsetof(PlainEnvelope, to_payload);
static_assert(kVtableAt - kTableAt == 54);
static_assert(offsetof(PlainEnvelope, kind) - kTableAt == PlainEnvelope::kFieldsEnd - 1);
static_assert(sizeof(PlainEnvelope) == 80, "no hidden padding: its bytes are sent");

// What all plain envelopes have in common.
constexpr PlainEnvelope kPlainEnvelope;

// Those that were added after `flow`.
bool HasLaterFields(const WireEnvelope& envelope) {
  return envelope.lane != 0 || envelope.session != 0 || envelope.sequence != 0 ||
         envelope.settled != 0;
}

bool IsPlain(const WireEnvelope& envelope) {
  return envelope.status_code == absl::StatusCode::kOk && envelope.status_message.empty() &&
         envelope.effect == 0 && envelope.node_name.empty() && envelope.protocol_version == 0 &&
         envelope.flow == 0 && !HasLaterFields(envelope);
}

template <typename T>
void Store(T value, char* to) {
  std::memcpy(to, &value, sizeof(value));
}

// A vector at `to`: its length and its bytes.
void StoreVector(absl::string_view bytes, char* to) {
  const auto count = static_cast<uint32_t>(bytes.size());
  Store(count, to);
  if (count != 0) std::memcpy(to + sizeof(count), bytes.data(), bytes.size());
}

void EncodePlain(const WireEnvelope& envelope, std::string& out) {
  const size_t target_at = sizeof(PlainEnvelope);
  // A string ends with a zero, and a length begins at a multiple of four.
  const size_t target_end = target_at + sizeof(uint32_t) + envelope.target.size() + 1;
  const size_t payload_at = (target_end + 3) & ~size_t{3};
  const size_t begin = out.size();
  out.append(payload_at + sizeof(uint32_t) + envelope.payload.size(), '\0');
  char* const data = out.data() + begin;

  std::memcpy(data, &kPlainEnvelope, sizeof(kPlainEnvelope));
  Store(envelope.request_id, data + offsetof(PlainEnvelope, request_id));
  Store(envelope.message_id.high, data + offsetof(PlainEnvelope, message_id_high));
  Store(envelope.message_id.low, data + offsetof(PlainEnvelope, message_id_low));
  Store(envelope.timeout_nanos, data + offsetof(PlainEnvelope, timeout_nanos));
  Store(envelope.incarnation, data + offsetof(PlainEnvelope, incarnation));
  Store(static_cast<uint32_t>(target_at - kTargetAt), data + kTargetAt);
  Store(static_cast<uint32_t>(payload_at - kPayloadAt), data + kPayloadAt);
  Store(envelope.kind, data + offsetof(PlainEnvelope, kind));
  StoreVector(envelope.target, data + target_at);
  StoreVector(envelope.payload, data + payload_at);
}

// With the first kCount fields: what comes after them has its default. The same envelope gives the
// same bytes whatever fields there were added at the end.
template <size_t kCount>
void EncodeFirst(const WireEnvelope& envelope, std::string& out) {
  constexpr uint16_t kFieldsBytes = 6 * sizeof(uint64_t) + 6 * sizeof(uint32_t) + 2 +
                                    (kCount > kLaneSlot ? 3 * sizeof(uint64_t) + 1 : 0);
  MessageWriter writer(out);
  size_t shape = 0;
  TableWriter<kCount> table(writer, MessageWriter::kRoot, shape,
                            {.fields_bytes = kFieldsBytes, .alignment = 8});
  table.Scalar(kRequestIdSlot, envelope.request_id, 0);
  table.Scalar(kMessageIdHighSlot, envelope.message_id.high, 0);
  table.Scalar(kMessageIdLowSlot, envelope.message_id.low, 0);
  table.Scalar(kTimeoutSlot, envelope.timeout_nanos, 0);
  table.Scalar(kIncarnationSlot, envelope.incarnation, 0);
  if constexpr (kCount > kFlowSlot) table.Scalar(kFlowSlot, envelope.flow, 0);
  if constexpr (kCount > kLaneSlot) {
    table.Scalar(kSessionSlot, envelope.session, 0);
    table.Scalar(kSequenceSlot, envelope.sequence, 0);
    table.Scalar(kSettledSlot, envelope.settled, 0);
  }
  const size_t target_at = table.Offset(kTargetSlot, !envelope.target.empty());
  const size_t payload_at = table.Offset(kPayloadSlot, !envelope.payload.empty());
  const size_t message_at = table.Offset(kStatusMessageSlot, !envelope.status_message.empty());
  const size_t name_at = table.Offset(kNodeNameSlot, !envelope.node_name.empty());
  table.Scalar(kStatusCodeSlot, static_cast<int32_t>(envelope.status_code), 0);
  table.Scalar(kProtocolVersionSlot, envelope.protocol_version, 0);
  table.Scalar(kKindSlot, envelope.kind, EnvelopeKind{0});
  table.Scalar(kEffectSlot, envelope.effect, 0);
  if constexpr (kCount > kLaneSlot) table.Scalar(kLaneSlot, envelope.lane, 0);
  table.Finish();
  writer.String(target_at, envelope.target);
  writer.Bytes(payload_at, envelope.payload);
  writer.String(message_at, envelope.status_message);
  writer.String(name_at, envelope.node_name);
}

void EncodeAny(const WireEnvelope& envelope, std::string& out) {
  if (HasLaterFields(envelope)) return EncodeFirst<kSlots>(envelope, out);
  if (envelope.flow != 0) return EncodeFirst<kLaneSlot>(envelope, out);
  EncodeFirst<kFlowSlot>(envelope, out);
}

// Takes in the vector that the offset at `at` refers to. False if it is not all there, or if its
// bytes are not followed by `tail` more.
bool LoadVector(absl::string_view bytes, size_t at, uint32_t offset, size_t tail,
                absl::string_view& elements) {
  const size_t first = at + offset + sizeof(uint32_t);
  if (first + tail > bytes.size()) return false;
  uint32_t count;
  std::memcpy(&count, bytes.data() + first - sizeof(count), sizeof(count));
  if (count > bytes.size() - first - tail) return false;
  elements = absl::string_view(bytes.data() + first, count);
  return true;
}

// False if the bytes have any other layout, or are malformed: then ReadAny has a closer look.
bool ReadPlain(absl::string_view bytes, WireEnvelope& envelope) {
  PlainEnvelope plain;
  if (bytes.size() < sizeof(plain)) return false;
  const char* const data = bytes.data();
  if (std::memcmp(data, &kPlainEnvelope, kFieldsAt) != 0 ||
      std::memcmp(data + kVtableAt, kPlainEnvelope.vtable, sizeof(kPlainEnvelope.vtable)) != 0) {
    return false;
  }
  std::memcpy(&plain, data, sizeof(plain));
  absl::string_view target;
  absl::string_view payload;
  if (!LoadVector(bytes, kTargetAt, plain.to_target, 1, target) || *target.end() != '\0' ||
      !LoadVector(bytes, kPayloadAt, plain.to_payload, 0, payload)) {
    return false;
  }
  envelope.kind = plain.kind;
  envelope.request_id = plain.request_id;
  envelope.target = target;
  envelope.message_id = {plain.message_id_high, plain.message_id_low};
  envelope.payload = payload;
  envelope.timeout_nanos = plain.timeout_nanos;
  envelope.incarnation = plain.incarnation;
  return true;
}

bool ReadAny(MessageReader& reader, WireEnvelope& envelope) {
  envelope.kind = EnvelopeKind{0};
  int32_t status_code = 0;
  TableReader table(reader, reader.Root());
  const bool ok = table.ok() && table.Scalar(kKindSlot, envelope.kind) &&
                  table.Scalar(kRequestIdSlot, envelope.request_id) &&
                  table.String(kTargetSlot, envelope.target) &&
                  table.Scalar(kMessageIdHighSlot, envelope.message_id.high) &&
                  table.Scalar(kMessageIdLowSlot, envelope.message_id.low) &&
                  table.Bytes(kPayloadSlot, envelope.payload) &&
                  table.Scalar(kTimeoutSlot, envelope.timeout_nanos) &&
                  table.Scalar(kIncarnationSlot, envelope.incarnation) &&
                  table.Scalar(kStatusCodeSlot, status_code) &&
                  table.String(kStatusMessageSlot, envelope.status_message) &&
                  table.Scalar(kEffectSlot, envelope.effect) &&
                  table.String(kNodeNameSlot, envelope.node_name) &&
                  table.Scalar(kProtocolVersionSlot, envelope.protocol_version) &&
                  table.Scalar(kFlowSlot, envelope.flow) &&
                  table.Scalar(kLaneSlot, envelope.lane) &&
                  table.Scalar(kSessionSlot, envelope.session) &&
                  table.Scalar(kSequenceSlot, envelope.sequence) &&
                  table.Scalar(kSettledSlot, envelope.settled);
  envelope.status_code = static_cast<absl::StatusCode>(status_code);
  return ok;
}

absl::Status Refuse(absl::string_view bytes, absl::string_view what, int64_t value) {
  return absl::DataLossError(
      absl::StrCat("decode an envelope of ", bytes.size(), " bytes: ", what, " ", value));
}

// What the format can't check.
absl::Status CheckMembers(absl::string_view bytes, const WireEnvelope& envelope) {
  constexpr auto kLastStatusCode = static_cast<int32_t>(absl::StatusCode::kUnauthenticated);
  if (envelope.kind < EnvelopeKind::kHello || envelope.kind > EnvelopeKind::kProbe) {
    return Refuse(bytes, "no kind has number", static_cast<int64_t>(envelope.kind));
  }
  if (envelope.timeout_nanos < 0) {
    return Refuse(bytes, "a timeout is negative:", envelope.timeout_nanos);
  }
  const auto code = static_cast<int32_t>(envelope.status_code);
  const int32_t code_min = envelope.kind == EnvelopeKind::kError ? 1 : 0;
  if (code < code_min || code > kLastStatusCode) {
    return Refuse(bytes, "no error has status code", code);
  }
  const size_t name_bytes = std::max(envelope.target.size(), envelope.node_name.size());
  if (name_bytes > kNameBytesMax) {
    return Refuse(bytes, "a name is too long, in bytes:", static_cast<int64_t>(name_bytes));
  }
  return absl::OkStatus();
}

}  // namespace

void EncodeEnvelope(const WireEnvelope& envelope, std::string& out) {
  if (IsPlain(envelope)) {
    EncodePlain(envelope, out);
  } else {
    EncodeAny(envelope, out);
  }
}

size_t BeginEnvelope(const WireEnvelope& envelope, std::string& out) {
  EncodePlain(envelope, out);
  return out.size();
}

// The payload is the last part, and nothing but its length is counted.
void EndEnvelope(size_t payload, std::string& out) {
  const auto count = static_cast<uint32_t>(out.size() - payload);
  Store(count, out.data() + payload - sizeof(count));
}

absl::StatusOr<WireEnvelope> DecodeEnvelope(absl::string_view bytes) {
  absl::StatusOr<WireEnvelope> envelope(absl::in_place);  // one result, so that it is never moved
  if (!ReadPlain(bytes, *envelope)) {
    MessageReader reader(bytes);
    if (!ReadAny(reader, *envelope)) {
      envelope = reader.Error("an envelope");
      return envelope;
    }
  }
  if (absl::Status status = CheckMembers(bytes, *envelope); !status.ok()) {
    envelope = std::move(status);
  }
  return envelope;
}

}  // namespace rehearse::net
