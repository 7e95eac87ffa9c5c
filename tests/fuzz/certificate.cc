// A peer's certificate, as DER.

#include "absl/time/time.h"
#include "rehearse/net/libp2p/tls/peer_certificate.h"
#include "rehearse/tests/fuzz/fuzz_target.h"

namespace rehearse {

void Fuzz(absl::string_view bytes) {
  constexpr absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
  const absl::StatusOr<net::PublicKey> key = net::VerifyPeerCertificate(bytes, kNow);
  if (key.ok()) {
    REHEARSE_CHECK(Holds(net::PublicKey::Decode(key->Encode()), *key), key->peer_id().ToString());
    return;
  }
  const absl::StatusCode code = key.status().code();
  REHEARSE_CHECK(code == absl::StatusCode::kDataLoss || code == absl::StatusCode::kUnimplemented ||
                     code == absl::StatusCode::kPermissionDenied,
                 key.status().ToString());
}

}  // namespace rehearse
