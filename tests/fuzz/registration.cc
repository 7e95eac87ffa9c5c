// What a stranger says is its registration.

#include "rehearse/net/registry/registration.h"

#include "rehearse/tests/fuzz/fuzz_target.h"

namespace rehearse {

void Fuzz(absl::string_view bytes) {
  const absl::StatusOr<net::SignedRegistration> read = net::SignedRegistration::Open(bytes);
  if (!read.ok()) {
    REHEARSE_CHECK(absl::IsInvalidArgument(read.status()), read.status().ToString());
    return;
  }
  const net::Registration& registration = read->registration;
  REHEARSE_CHECK(!registration.name.empty() && !registration.node.empty(), "a nameless one");
  REHEARSE_CHECK(registration.actors.size() <= net::Registration::kActorsMax, "too many actors");
  REHEARSE_CHECK(Compare(*read, *read) == 0, "is not itself");
}

}  // namespace rehearse
