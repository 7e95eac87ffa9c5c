// How a node takes part in the gossip.

#ifndef REHEARSE_NET_MEMBERSHIP_MEMBERSHIP_OPTIONS_H_
#define REHEARSE_NET_MEMBERSHIP_MEMBERSHIP_OPTIONS_H_

#include <cstddef>

#include "absl/time/time.h"

namespace rehearse::net {

// The same for all members of a cluster. Where SWIM or Lifeguard name a value, its letter stands
// behind.
struct MembershipOptions {
  // One member is probed in each (T').
  absl::Duration period = absl::Seconds(1);
  // How long a member may take to answer before others are asked to try.
  absl::Duration ping_timeout = absl::Milliseconds(300);
  // How many others (k).
  size_t helpers = 3;
  // A suspicion that enough members share lasts so many periods, times log10 of their number
  // (alpha); one that nobody shares, so many times longer (beta).
  int suspicion_periods = 4;
  int suspicion_factor = 6;
  // How much a node that does badly itself slows down, at most (S).
  int health_max = 8;
  // How often a rumour is told for each doubling of the number of members (lambda).
  int transmits = 3;
  // A node compares all that it knows with some other once in so many periods, on average.
  uint64_t sync_every = 30;
  // A cluster looks for one of the dead once in so many periods, and more often if many are.
  uint64_t retry_every = 5;
  // How long one that has gone is remembered.
  absl::Duration forget_after = absl::Hours(1);

  size_t members_max = 1024;   // known at a time, dead ones too; further ones are not met
  size_t words_per_frame = 8;  // about members, besides a sync's
  size_t relays_max = 64;      // pings for others at a time; further requests are not answered
  size_t bootstrap_max = 8;    // addresses; further ones are not tried
  size_t found_max = 16;       // addresses that were found; the one found first is forgotten
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_MEMBERSHIP_MEMBERSHIP_OPTIONS_H_
