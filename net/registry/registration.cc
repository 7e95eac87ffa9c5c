#include "rehearse/net/registry/registration.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/codec/protobuf.h"
#include "rehearse/net/codec/uvarint.h"
#include "rehearse/net/crypto/bytes.h"
#include "rehearse/net/crypto/sha256.h"
#include "rehearse/net/identity/signed_envelope.h"
#include "rehearse/net/registry/name_text.h"

namespace rehearse::net {
namespace {

constexpr EnvelopePurpose kPurpose = {"rehearse-registration", "/rehearse/registration/1"};

namespace field {
constexpr uint32_t kName = 1;
constexpr uint32_t kShared = 2;  // 1, or left out
constexpr uint32_t kNode = 3;
constexpr uint32_t kIncarnation = 4;
constexpr uint32_t kSequence = 5;
constexpr uint32_t kToken = 6;
constexpr uint32_t kExpires = 7;  // milliseconds since 1970
constexpr uint32_t kAddress = 8;
constexpr uint32_t kActor = 9;
constexpr uint32_t kClaiming = 10;  // 1, or left out
}  // namespace field

namespace actor_field {
constexpr uint32_t kActor = 1;
constexpr uint32_t kProtocol = 2;  // 16 bytes, big-endian
constexpr uint32_t kMessages = 3;
}  // namespace actor_field

constexpr size_t kProtocolBytes = 16;
constexpr int kOwnerBits = 19;  // of a token; 44 are left for milliseconds

absl::Status Refused(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("registration: ", why));
}

bool IsText(absl::string_view text, size_t bytes_max) {
  return !text.empty() && text.size() <= bytes_max &&
         std::none_of(text.begin(), text.end(), absl::ascii_iscntrl);
}

std::string BytesOf(const NamedActor& actor) {
  std::string protocol(kProtocolBytes, '\0');
  for (size_t i = 0; i < 8; ++i) {
    protocol[i] = static_cast<char>(actor.protocol.id.high >> (56 - 8 * i));
    protocol[8 + i] = static_cast<char>(actor.protocol.id.low >> (56 - 8 * i));
  }
  std::string bytes;
  AppendProtobufBytes(actor_field::kActor, actor.actor, bytes);
  AppendProtobufBytes(actor_field::kProtocol, protocol, bytes);
  AppendProtobufBytes(actor_field::kMessages, actor.protocol.messages, bytes);
  return bytes;
}

std::string PayloadOf(const Registration& registration) {
  std::string bytes;
  AppendProtobufBytes(field::kName, registration.name, bytes);
  if (registration.shared) AppendProtobufNumber(field::kShared, 1, bytes);
  AppendProtobufBytes(field::kNode, registration.node, bytes);
  AppendProtobufNumber(field::kIncarnation, std::min(registration.incarnation, kUvarintMax), bytes);
  AppendProtobufNumber(field::kSequence, std::min(registration.sequence, kUvarintMax), bytes);
  AppendProtobufNumber(field::kToken, std::min(registration.token, kUvarintMax), bytes);
  const int64_t expires = std::max<int64_t>(absl::ToUnixMillis(registration.expires), 0);
  AppendProtobufNumber(field::kExpires, static_cast<uint64_t>(expires), bytes);
  for (const std::string& address : registration.addresses) {
    AppendProtobufBytes(field::kAddress, address, bytes);
  }
  for (const NamedActor& actor : registration.actors) {
    AppendProtobufBytes(field::kActor, BytesOf(actor), bytes);
  }
  if (registration.claiming) AppendProtobufNumber(field::kClaiming, 1, bytes);
  return bytes;
}

uint64_t BigEndian(absl::string_view bytes) {
  uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<uint8_t>(byte);
  return value;
}

absl::StatusOr<NamedActor> ReadActor(absl::string_view bytes) {
  NamedActor actor;
  for (;;) {
    REHEARSE_ASSIGN_OR_RETURN(const std::optional<ProtobufField> field, TakeProtobufField(bytes));
    if (!field.has_value()) return actor;
    if (field->IsBytes(actor_field::kActor)) actor.actor = std::string(field->bytes);
    if (field->IsBytes(actor_field::kMessages)) actor.protocol.messages = std::string(field->bytes);
    if (field->IsBytes(actor_field::kProtocol) && field->bytes.size() == kProtocolBytes) {
      actor.protocol.id = {BigEndian(field->bytes.substr(0, 8)), BigEndian(field->bytes.substr(8))};
    }
  }
}

absl::Status TakeField(const ProtobufField& field, Registration& into) {
  if (field.IsBytes(field::kName)) into.name = std::string(field.bytes);
  if (field.IsNumber(field::kShared)) into.shared = field.value == 1;
  if (field.IsNumber(field::kClaiming)) into.claiming = field.value == 1;
  if (field.IsBytes(field::kNode)) into.node = std::string(field.bytes);
  if (field.IsNumber(field::kIncarnation)) into.incarnation = field.value;
  if (field.IsNumber(field::kSequence)) into.sequence = field.value;
  if (field.IsNumber(field::kToken)) into.token = field.value;
  if (field.IsNumber(field::kExpires)) {
    into.expires = absl::FromUnixMillis(static_cast<int64_t>(field.value));
  }
  if (field.IsBytes(field::kAddress)) into.addresses.emplace_back(field.bytes);
  if (field.IsBytes(field::kActor)) {
    REHEARSE_ASSIGN_OR_RETURN(NamedActor actor, ReadActor(field.bytes));
    into.actors.push_back(std::move(actor));
  }
  return absl::OkStatus();
}

absl::Status CheckBounds(const Registration& read) {
  REHEARSE_RETURN_IF_ERROR(CheckName(read.name));
  if (!IsText(read.node, Registration::kNodeBytesMax)) return Refused("its node can't be one");
  if (read.addresses.size() > Registration::kAddressesMax) return Refused("too many addresses");
  for (const std::string& address : read.addresses) {
    if (!IsText(address, Registration::kAddressBytesMax)) return Refused("an address can't be one");
  }
  const size_t actors_max = read.shared ? Registration::kActorsMax : 1;
  if (read.actors.size() > actors_max) return Refused("too many actors");
  for (const NamedActor& actor : read.actors) {
    const std::string& messages = actor.protocol.messages;
    if (!IsText(actor.actor, Registration::kActorBytesMax) || actor.actor[0] != '#' ||
        (!messages.empty() && !IsText(messages, Registration::kMessagesBytesMax))) {
      return Refused("an actor can't be one");
    }
  }
  if (read.shared != (read.token == 0)) return Refused("a unique name has a token, a shared none");
  return absl::OkStatus();
}

absl::StatusOr<Registration> ReadPayload(absl::string_view payload) {
  Registration read;
  for (absl::string_view left = payload;;) {
    REHEARSE_ASSIGN_OR_RETURN(const std::optional<ProtobufField> field, TakeProtobufField(left));
    if (!field.has_value()) break;
    REHEARSE_RETURN_IF_ERROR(TakeField(*field, read));
  }
  REHEARSE_RETURN_IF_ERROR(CheckBounds(read));
  if (PayloadOf(read) != payload) return Refused("it is not in its one form");
  return read;
}

}  // namespace

std::string Registration::Sign(const Identity& owner) const {
  return SignedEnvelope::Seal(kPurpose, PayloadOf(*this), owner);
}

Location Registration::LocationOf(size_t index) const {
  return {.node = node,
          .incarnation = incarnation,
          .actor = actors[index].actor,
          .token = token,
          .protocol = actors[index].protocol};
}

absl::StatusOr<SignedRegistration> SignedRegistration::Open(absl::string_view bytes) {
  if (bytes.size() > Registration::kBytesMax) return Refused("it is too long");
  REHEARSE_ASSIGN_OR_RETURN(const SignedEnvelope envelope, SignedEnvelope::Open(kPurpose, bytes));
  absl::StatusOr<Registration> read = ReadPayload(envelope.payload);
  if (absl::IsInvalidArgument(read.status())) return read.status();
  if (!read.ok()) return Refused(read.status().message());
  return SignedRegistration{envelope.signer.peer_id(), *std::move(read)};
}

std::strong_ordering Compare(const SignedRegistration& a, const SignedRegistration& b) {
  const Registration& x = a.registration;
  const Registration& y = b.registration;
  if (const auto order = x.token <=> y.token; order != 0) return order;
  if (const auto order = a.peer.bytes().compare(b.peer.bytes()) <=> 0; order != 0) return order;
  if (const auto order = x.incarnation <=> y.incarnation; order != 0) return order;
  if (const auto order = x.sequence <=> y.sequence; order != 0) return order;
  // One peer has said two things at once. Either will do, if it is the same everywhere.
  return PayloadOf(x).compare(PayloadOf(y)) <=> 0;
}

bool MayReplace(const SignedRegistration& offered, const SignedRegistration& held, absl::Time now) {
  if (offered.peer != held.peer && held.registration.IsLive(now)) return false;
  return Compare(offered, held) > 0;
}

uint64_t NextToken(uint64_t seen, absl::Time now, const PeerId& owner) {
  const auto millis = static_cast<uint64_t>(std::max<int64_t>(absl::ToUnixMillis(now), 1));
  const uint64_t time = std::max((seen >> kOwnerBits) + 1, millis) & (kUvarintMax >> kOwnerBits);
  const std::string digest(ViewOf(Sha256(owner.bytes())));
  const uint64_t bits = BigEndian(absl::string_view(digest).substr(0, 8)) >> (64 - kOwnerBits);
  return time << kOwnerBits | bits;
}

absl::Time ClaimTimeOf(uint64_t token) {
  return absl::FromUnixMillis(static_cast<int64_t>(token >> kOwnerBits));
}

}  // namespace rehearse::net
