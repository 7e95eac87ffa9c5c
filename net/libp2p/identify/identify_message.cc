#include "rehearse/net/libp2p/identify/identify_message.h"

#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/net/codec/protobuf.h"

namespace rehearse::net {
namespace {

constexpr uint32_t kPublicKey = 1;
constexpr uint32_t kListenAddress = 2;
constexpr uint32_t kProtocol = 3;
constexpr uint32_t kObservedAddress = 4;
constexpr uint32_t kProtocolVersion = 5;
constexpr uint32_t kAgentVersion = 6;
constexpr uint32_t kSignedPeerRecord = 8;

void AppendText(uint32_t field, const std::optional<std::string>& text, std::string& out) {
  if (text.has_value()) AppendProtobufBytes(field, *text, out);
}

void TakeText(absl::string_view bytes, std::optional<std::string>& out) {
  if (bytes.size() <= IdentifyMessage::kTextBytesMax) out = std::string(bytes);
}

absl::Status TakeField(const ProtobufField& field, IdentifyMessage& message) {
  if (field.kind != ProtobufField::Kind::kBytes) return absl::OkStatus();
  const absl::string_view bytes = field.bytes;
  switch (field.number) {
    case kPublicKey: {
      REHEARSE_ASSIGN_OR_RETURN(message.public_key, PublicKey::Decode(bytes));
      break;
    }
    case kListenAddress: {
      absl::StatusOr<Multiaddr> address = Multiaddr::FromBytes(bytes);
      if (address.ok() && message.listen_addresses.size() < IdentifyMessage::kAddressesMax) {
        message.listen_addresses.push_back(address->WithoutPeer());
      }
      break;
    }
    case kProtocol:
      if (bytes.size() <= IdentifyMessage::kTextBytesMax &&
          message.protocols.size() < IdentifyMessage::kProtocolsMax) {
        message.protocols.emplace_back(bytes);
      }
      break;
    case kObservedAddress: {
      absl::StatusOr<Multiaddr> address = Multiaddr::FromBytes(bytes);
      if (address.ok()) message.observed_address = *std::move(address);
      break;
    }
    case kProtocolVersion: TakeText(bytes, message.protocol_version); break;
    case kAgentVersion: TakeText(bytes, message.agent_version); break;
    case kSignedPeerRecord: message.signed_peer_record = std::string(bytes); break;
    default: break;
  }
  return absl::OkStatus();
}

template <typename T>
void Override(std::optional<T>& field, std::optional<T>& newer) {
  if (newer.has_value()) field = std::move(newer);
}

template <typename T>
void Override(std::vector<T>& field, std::vector<T>& newer) {
  if (!newer.empty()) field = std::move(newer);
}

}  // namespace

absl::StatusOr<std::string> IdentifyMessage::Encode() const {
  std::string bytes;
  if (public_key.has_value()) AppendProtobufBytes(kPublicKey, public_key->Encode(), bytes);
  for (const Multiaddr& address : listen_addresses) {
    AppendProtobufBytes(kListenAddress, address.ToBytes(), bytes);
  }
  for (const std::string& protocol : protocols) AppendProtobufBytes(kProtocol, protocol, bytes);
  if (observed_address.has_value()) {
    AppendProtobufBytes(kObservedAddress, observed_address->ToBytes(), bytes);
  }
  AppendText(kProtocolVersion, protocol_version, bytes);
  AppendText(kAgentVersion, agent_version, bytes);
  AppendText(kSignedPeerRecord, signed_peer_record, bytes);
  if (bytes.size() <= kWrittenBytesMax) return bytes;
  return absl::ResourceExhaustedError(absl::StrCat("identify: a message of ", bytes.size(),
                                                   " bytes, the limit is ", kWrittenBytesMax));
}

absl::StatusOr<IdentifyMessage> IdentifyMessage::Decode(absl::string_view bytes) {
  IdentifyMessage message;
  for (;;) {
    REHEARSE_ASSIGN_OR_RETURN(const std::optional<ProtobufField> field, TakeProtobufField(bytes));
    if (!field.has_value()) return message;
    REHEARSE_RETURN_IF_ERROR(TakeField(*field, message));
  }
}

void IdentifyMessage::Merge(IdentifyMessage newer) {
  Override(public_key, newer.public_key);
  Override(listen_addresses, newer.listen_addresses);
  Override(protocols, newer.protocols);
  Override(observed_address, newer.observed_address);
  Override(protocol_version, newer.protocol_version);
  Override(agent_version, newer.agent_version);
  Override(signed_peer_record, newer.signed_peer_record);
}

absl::Status IdentifyReader::Receive(absl::string_view bytes) {
  reader_.Feed(bytes);
  for (;;) {
    REHEARSE_ASSIGN_OR_RETURN(const std::optional<absl::string_view> message, reader_.Next());
    if (!message.has_value()) return absl::OkStatus();
    if (++messages_ > kMessagesMax) {
      return absl::DataLossError(absl::StrCat("identify: more than ", kMessagesMax, " messages"));
    }
    REHEARSE_ASSIGN_OR_RETURN(IdentifyMessage decoded, IdentifyMessage::Decode(*message));
    merged_.Merge(std::move(decoded));
  }
}

absl::StatusOr<IdentifyMessage> IdentifyReader::Finish() {
  if (messages_ == 0 || reader_.pending_bytes() > 0) {
    return absl::DataLossError(absl::StrCat("identify: the stream ended after ", messages_,
                                            " messages and ", reader_.pending_bytes(),
                                            " bytes of another"));
  }
  return std::move(merged_);
}

}  // namespace rehearse::net
