// How a node deals with others.

#ifndef REHEARSE_NET_REMOTE_SESSION_OPTIONS_H_
#define REHEARSE_NET_REMOTE_SESSION_OPTIONS_H_

#include "absl/time/time.h"

namespace rehearse::net {

struct SessionOptions {
  absl::Duration dial_timeout = absl::Seconds(5);
  // How long a peer, of either side, may take to say who it is once the stream stands.
  absl::Duration hello_timeout = absl::Seconds(10);
  // After a failed dial further sends fail at once for this long; doubled each time, up to the
  // second.
  absl::Duration backoff_min = absl::Milliseconds(50);
  absl::Duration backoff_max = absl::Seconds(2);
  // A node whose actors are watched is lost when it was silent for so long. It is asked for a sign
  // of life five times in that time.
  absl::Duration lost_after = absl::Seconds(10);
  // How often an actor that waits for another node's looks whether it is in a ring; see
  // ring_watch.h.
  absl::Duration ring_interval = absl::Seconds(1);
  // Lines about streams from others that were closed for what they said; the rest are counted.
  int refusal_lines_per_second = 10;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_SESSION_OPTIONS_H_
