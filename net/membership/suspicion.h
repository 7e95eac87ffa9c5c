// How long a member that did not answer may still be heard of before it is taken for dead.
//
// Lifeguard's (Dadgar, Phillips, Currey, "Lifeguard: Local Health Awareness for More Accurate
// Failure Detection", DSN 2018, section IV-B): long if one member alone suspects it, whose own
// fault it may be, and shorter for each that does so by itself.

#ifndef REHEARSE_NET_MEMBERSHIP_SUSPICION_H_
#define REHEARSE_NET_MEMBERSHIP_SUSPICION_H_

#include <array>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "rehearse/actor/env/instant.h"

namespace rehearse::net {

class Suspicion {
 public:
  // Others that suspect the same count up to here. Each is passed on, so that all hear of them.
  static constexpr size_t kConfirmationsMax = 3;

  // `others`: members that could confirm it. With none, it lasts `shortest`.
  Suspicion(Instant since, std::string by, size_t others, absl::Duration shortest,
            absl::Duration longest)
      : since_(since),
        expected_(others < kConfirmationsMax ? others : kConfirmationsMax),
        shortest_(shortest),
        longest_(longest) {
    by_.push_back(std::move(by));
  }

  // `by` suspects it, too. False: that was known, or enough do.
  bool Confirm(const std::string& by);

  // When the member is dead.
  Instant deadline() const;

  size_t confirmations() const { return by_.size() - 1; }

 private:
  Instant since_;
  size_t expected_;
  absl::Duration shortest_;
  absl::Duration longest_;
  std::vector<std::string> by_;  // the first, and who confirmed
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_MEMBERSHIP_SUSPICION_H_
