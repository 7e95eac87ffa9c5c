#include "rehearse/net/kademlia/kad_message.h"

#include <string>

#include "rehearse/tests/fuzz/fuzz_target.h"

namespace rehearse {

void Fuzz(absl::string_view bytes) {
  using net::KadMessage;
  const absl::StatusOr<KadMessage> message = KadMessage::Decode(bytes);
  if (!message.ok()) {
    REHEARSE_CHECK(absl::IsDataLoss(message.status()), message.status().ToString());
    return;
  }
  REHEARSE_CHECK(message->closer.size() <= KadMessage::kPeersMax, "too many peers were kept");
  REHEARSE_CHECK(message->providers.size() <= KadMessage::kPeersMax, "too many peers were kept");
  const absl::StatusOr<std::string> encoded = message->Encode();
  if (!encoded.ok()) {
    REHEARSE_CHECK(absl::IsResourceExhausted(encoded.status()), encoded.status().ToString());
    return;
  }
  REHEARSE_CHECK(encoded->size() <= KadMessage::kWrittenBytesMax, "strict readers refuse it");
  const absl::StatusOr<KadMessage> again = KadMessage::Decode(*encoded);
  REHEARSE_CHECK(again.ok(), again.status().ToString());
  // A message that had room for all of it is still the same.
  if (bytes.size() <= KadMessage::kWrittenBytesMax / 2) {
    REHEARSE_CHECK(*again == *message, "not what was read");
  }
}

}  // namespace rehearse
