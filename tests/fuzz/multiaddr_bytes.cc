#include "rehearse/net/multiaddr.h"
#include "rehearse/tests/fuzz/fuzz_target.h"

namespace rehearse {

void Fuzz(absl::string_view bytes) {
  using net::Multiaddr;
  const absl::StatusOr<Multiaddr> address = Multiaddr::FromBytes(bytes);
  if (!address.ok()) {
    REHEARSE_CHECK(absl::IsDataLoss(address.status()), address.status().ToString());
    return;
  }
  // Addresses are compared by their bytes, so each has one form.
  REHEARSE_CHECK(address->ToBytes() == bytes, address->ToString());
  REHEARSE_CHECK(Holds(Multiaddr::Parse(address->ToString()), *address), address->ToString());
}

}  // namespace rehearse
