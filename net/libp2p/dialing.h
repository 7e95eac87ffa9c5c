// What is said to who dials or listens, alike over TCP and over QUIC.

#ifndef REHEARSE_NET_LIBP2P_DIALING_H_
#define REHEARSE_NET_LIBP2P_DIALING_H_

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/net/identity/peer_id.h"
#include "rehearse/net/multiaddr.h"

namespace rehearse::net {

// A failure as a dialler sees it: whoever is there may give way to the right peer.
absl::Status DialStatus(const absl::Status& status, absl::string_view address);

// An address of ours may say who we are.
//   kInvalidArgument  it says that we are somebody else.
absl::Status CheckOwn(const Multiaddr& address, const PeerId& own);

// How long a dial may take at most, however late the caller's deadline is.
class Patience {
 public:
  Patience(absl::Duration length, Instant ends, Instant deadline)
      : length_(length), is_shorter_(ends < deadline), ends_(std::min(ends, deadline)) {}

  Instant ends() const { return ends_; }
  // `status`, or if it was our patience that has ended:
  //   kUnavailable
  absl::Status Judge(const absl::Status& status) const;

 private:
  const absl::Duration length_;
  const bool is_shorter_;
  const Instant ends_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_DIALING_H_
