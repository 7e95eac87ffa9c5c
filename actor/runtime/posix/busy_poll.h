// How long a thread looks on before it sleeps, learnt from how long it has lately had to wait.
//
// To be woken from a sleep costs some 5 µs on a bare host and ten times as much on a guest, more
// than a message takes from process to process. Who waited a short time the last times looks on for
// so long; who waited for longer sleeps at once, after a look or two that were in vain. The rule is
// that of KVM's halt polling (Linux, Documentation/virt/kvm/halt-polling.rst).

#ifndef REHEARSE_ACTOR_RUNTIME_POSIX_BUSY_POLL_H_
#define REHEARSE_ACTOR_RUNTIME_POSIX_BUSY_POLL_H_

#include <algorithm>

#include "absl/time/time.h"

namespace rehearse {

class BusyPoll {
 public:
  static constexpr absl::Duration kFirst = absl::Microseconds(20);

  // `longest`: what it comes to at most. Zero: never.
  explicit BusyPoll(absl::Duration longest) : longest_(longest) {}

  // For how long to look on now.
  absl::Duration length() const { return length_; }

  // It took so long, looking on and asleep, until something came.
  void Waited(absl::Duration whole) {
    length_ = whole <= longest_ ? std::min(std::max(length_ * 2, kFirst), longest_) : length_ / 2;
    if (length_ < kFirst) length_ = absl::ZeroDuration();
  }

 private:
  const absl::Duration longest_;
  absl::Duration length_ = absl::ZeroDuration();
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_POSIX_BUSY_POLL_H_
