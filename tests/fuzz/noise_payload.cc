#include "rehearse/net/libp2p/noise/noise_payload.h"

#include "rehearse/net/crypto/testing/seeded_entropy.h"
#include "rehearse/net/crypto/x25519.h"
#include "rehearse/tests/fuzz/fuzz_target.h"

namespace rehearse {

void Fuzz(absl::string_view bytes) {
  const absl::StatusOr<net::NoisePayload> payload = net::NoisePayload::Decode(bytes);
  if (!payload.ok()) {
    REHEARSE_CHECK(absl::IsDataLoss(payload.status()), payload.status().ToString());
    return;
  }
  REHEARSE_CHECK(payload->muxers.size() <= net::NoisePayload::kMuxersMax, "too many were kept");
  const absl::StatusOr<net::NoisePayload> again = net::NoisePayload::Decode(payload->Encode());
  REHEARSE_CHECK(again.ok() && again->identity_key == payload->identity_key &&
                     again->identity_signature == payload->identity_signature &&
                     again->muxers == payload->muxers,
                 "what was read is not what it writes");
  net::SeededEntropy entropy(1);
  const net::X25519KeyPair fixed(net::DrawSecret<32>(entropy));
  REHEARSE_CHECK(!payload->Verify(fixed.public_key()).ok(), "nobody has signed this key");
}

}  // namespace rehearse
