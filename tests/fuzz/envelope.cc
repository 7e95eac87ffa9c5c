#include "rehearse/net/codec/envelope.h"

#include <string>

#include "rehearse/tests/fuzz/fuzz_target.h"

namespace rehearse {

void Fuzz(absl::string_view bytes) {
  const absl::StatusOr<net::WireEnvelope> envelope = net::DecodeEnvelope(bytes);
  if (!envelope.ok()) {
    REHEARSE_CHECK(absl::IsDataLoss(envelope.status()), envelope.status().ToString());
    return;
  }
  REHEARSE_CHECK(envelope->timeout_nanos >= 0, "no timeout is negative");
  std::string again;
  net::EncodeEnvelope(*envelope, again);
  REHEARSE_CHECK(Holds(net::DecodeEnvelope(again), *envelope), "not what was read");
}

}  // namespace rehearse
