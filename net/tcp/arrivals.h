// What has arrived at a listener, and waits for somebody who asks for it.

#ifndef REHEARSE_NET_TCP_ARRIVALS_H_
#define REHEARSE_NET_TCP_ARRIVALS_H_

#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/actor/runtime/waitable.h"

namespace rehearse::net {

// T is a unique_ptr: dropped, what it points to closes. Any fiber of the scheduler.
template <typename T>
class Arrivals {
 public:
  // `accept` is what is said to fail, as "accept at /ip4/…". Beyond `most`, arrivals are dropped.
  Arrivals(Scheduler& scheduler, size_t most, std::string accept)
      : scheduler_(scheduler), most_(most), accept_(std::move(accept)) {}

  void Offer(T arrival) {
    std::vector<WaitToken> waiters;
    {
      const std::lock_guard<SpinLock> lock(lock_);
      if (closed_ || ready_.size() >= most_) return;
      ready_.push_back(std::move(arrival));
      waiters = std::exchange(waiters_, {});
    }
    Wake(waiters);
  }

  // Parks until there is one.
  //   kUnavailable  it was closed.
  //   kCancelled    the caller is being stopped.
  absl::StatusOr<T> Accept() {
    while (true) {
      Wait wait(scheduler_, "Accept");
      {
        const std::lock_guard<SpinLock> lock(lock_);
        if (closed_) {
          return absl::UnavailableError(absl::StrCat(accept_, ": the listener was closed"));
        }
        if (!ready_.empty()) {
          T first = std::move(ready_.front());
          ready_.pop_front();
          return first;
        }
        waiters_.push_back(wait.token());
      }
      const WakeReason reason = wait.Until(Instant::Infinite());
      if (reason != WakeReason::kNotified) return WaitStatus(reason, accept_);
    }
  }

  // Drops what is there. False: it was closed before.
  bool Close() {
    std::deque<T> dropped;
    std::vector<WaitToken> waiters;
    {
      const std::lock_guard<SpinLock> lock(lock_);
      if (std::exchange(closed_, true)) return false;
      dropped = std::exchange(ready_, {});
      waiters = std::exchange(waiters_, {});
    }
    Wake(waiters);
    return true;
  }

  bool closed() const {
    const std::lock_guard<SpinLock> lock(lock_);
    return closed_;
  }

 private:
  static void Wake(const std::vector<WaitToken>& waiters) {
    for (const WaitToken token : waiters) Waitable::Wake(token, WakeReason::kNotified);
  }

  Scheduler& scheduler_;
  const size_t most_;
  const std::string accept_;
  mutable SpinLock lock_;
  bool closed_ = false;
  std::deque<T> ready_;
  std::vector<WaitToken> waiters_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_TCP_ARRIVALS_H_
