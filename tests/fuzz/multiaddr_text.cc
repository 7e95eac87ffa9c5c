#include "rehearse/net/multiaddr.h"
#include "rehearse/tests/fuzz/fuzz_target.h"

namespace rehearse {

void Fuzz(absl::string_view bytes) {
  using net::Multiaddr;
  const absl::StatusOr<Multiaddr> address = Multiaddr::Parse(bytes);
  if (!address.ok()) {
    REHEARSE_CHECK(absl::IsInvalidArgument(address.status()), address.status().ToString());
    return;
  }
  REHEARSE_CHECK(Holds(Multiaddr::Parse(address->ToString()), *address), address->ToString());
  REHEARSE_CHECK(Holds(Multiaddr::FromBytes(address->ToBytes()), *address), address->ToString());
  REHEARSE_CHECK(!address->WithoutPeer().peer().has_value() || address->peer().has_value(),
                 address->ToString());
}

}  // namespace rehearse
