// A probe for rings that a stranger sends: read, and what is done with the hops of a good one.

#include <algorithm>

#include "rehearse/net/remote/ring.h"
#include "rehearse/tests/fuzz/fuzz_target.h"

namespace rehearse {

void Fuzz(absl::string_view bytes) {
  const absl::StatusOr<net::RingProbe> probe = net::RingProbe::Parse(bytes);
  if (!probe.ok() || !net::IsInBounds(*probe)) return;
  net::Ring ring = probe->hops;
  REHEARSE_CHECK(net::IsSameRing(ring, ring), "a ring is not itself");
  const std::string text = net::RingText(ring);
  REHEARSE_CHECK(std::all_of(text.begin(), text.end(),
                             [](char letter) { return letter >= ' ' && letter <= '~'; }),
                 "a peer's words reach the log as they are");
  bool is_given_up = false;
  for (size_t i = 0; i < ring.size(); ++i) {
    is_given_up = is_given_up || net::FirstGivesUp(ring);
    std::rotate(ring.begin(), ring.begin() + 1, ring.end());
  }
  REHEARSE_CHECK(is_given_up, "nobody in a ring gives up");
}

}  // namespace rehearse
