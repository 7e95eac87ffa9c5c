#include "rehearse/actor/runtime/posix/condition_poller.h"

#include <algorithm>

namespace rehearse {

void ConditionPoller::Wait(Instant deadline) {
  const Instant now = Now();
  std::unique_lock<std::mutex> lock(mutex_);
  if (deadline > now && !wake_) {
    // An hour at most, so that no arithmetic of the library's overflows.
    const absl::Duration length = std::min(deadline - now, absl::Hours(1));
    woken_.wait_for(lock, absl::ToChronoNanoseconds(length), [this] { return wake_; });
  }
  wake_ = false;
}

void ConditionPoller::Wake() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    wake_ = true;
  }
  woken_.notify_one();
}

}  // namespace rehearse
