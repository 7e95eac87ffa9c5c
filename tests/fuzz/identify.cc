// What a peer says about itself. The first byte says how long the pieces are.

#include <string>

#include "rehearse/net/libp2p/identify/identify_message.h"
#include "rehearse/tests/fuzz/fuzz_target.h"

namespace rehearse {
namespace {

using net::IdentifyMessage;

void ExpectWithinLimits(const IdentifyMessage& message) {
  REHEARSE_CHECK(message.listen_addresses.size() <= IdentifyMessage::kAddressesMax, "addresses");
  REHEARSE_CHECK(message.protocols.size() <= IdentifyMessage::kProtocolsMax, "protocols");
  for (const std::string& protocol : message.protocols) {
    REHEARSE_CHECK(protocol.size() <= IdentifyMessage::kTextBytesMax, "a protocol's name");
  }
  REHEARSE_CHECK(message.agent_version.value_or("").size() <= IdentifyMessage::kTextBytesMax,
                 "the agent's name");
}

absl::StatusOr<IdentifyMessage> Hear(absl::string_view bytes, size_t piece_bytes) {
  net::IdentifyReader reader;
  absl::Status status;
  InPieces(bytes, piece_bytes, [&](absl::string_view piece) {
    if (status.ok()) status = reader.Receive(piece);
  });
  if (!status.ok()) return status;
  return reader.Finish();
}

}  // namespace

void Fuzz(absl::string_view bytes) {
  if (const auto message = IdentifyMessage::Decode(bytes); message.ok()) {
    ExpectWithinLimits(*message);
    const absl::StatusOr<std::string> encoded = message->Encode();
    REHEARSE_CHECK(encoded.ok() || absl::IsResourceExhausted(encoded.status()),
                   encoded.status().ToString());
    if (encoded.ok()) {
      REHEARSE_CHECK(encoded->size() <= IdentifyMessage::kWrittenBytesMax, "too long");
      REHEARSE_CHECK(Holds(IdentifyMessage::Decode(*encoded), *message), "not what was read");
    }
  }
  FuzzInput input(bytes);
  const size_t piece_bytes = input.Byte();
  const absl::string_view heard = input.Rest();
  const absl::StatusOr<IdentifyMessage> whole = Hear(heard, heard.size());
  const absl::StatusOr<IdentifyMessage> pieces = Hear(heard, piece_bytes);
  REHEARSE_CHECK(whole.status() == pieces.status(), whole.status().ToString());
  if (!whole.ok()) return;
  ExpectWithinLimits(*whole);
  REHEARSE_CHECK(*whole == *pieces, "bytes mean something else in pieces");
}

}  // namespace rehearse
