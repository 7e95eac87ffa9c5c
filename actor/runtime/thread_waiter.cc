#include "rehearse/actor/runtime/thread_waiter.h"

#include "rehearse/actor/runtime/spin.h"

namespace rehearse {

WakeReason ThreadWaiter::Block(absl::Duration timeout, int32_t spins) {
  if (timeout > absl::ZeroDuration()) {
    (void)SpinUntil(spins, [this] { return reason() != WakeReason::kNone; });
  }
  std::unique_lock<std::mutex> lock(mutex_);
  ready_ = false;
  if (!PublishParked()) return reason();
  // From a century on it is for ever: the library's arithmetic would overflow.
  if (timeout >= absl::Hours(24 * 365 * 100)) {
    woken_.wait(lock, [this] { return ready_; });
    return reason();
  }
  if (!woken_.wait_for(lock, absl::ToChronoNanoseconds(timeout), [this] { return ready_; })) {
    lock.unlock();
    // The loser of this race is told by the word; a waker that won is about to set `ready_`.
    if (Wake(token(), WakeReason::kDeadline)) return WakeReason::kDeadline;
    lock.lock();
    woken_.wait(lock, [this] { return ready_; });
  }
  return reason();
}

void ThreadWaiter::OnWoken() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ready_ = true;
  }
  woken_.notify_one();
}

ThreadWaiter& ThreadWaiterPool::Take() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (free_.empty()) {
    all_.push_back(std::make_unique<ThreadWaiter>());
    table_.Add(*all_.back());
    return *all_.back();
  }
  ThreadWaiter& waiter = *free_.back();
  free_.pop_back();
  return waiter;
}

void ThreadWaiterPool::GiveBack(ThreadWaiter& waiter) {
  const std::lock_guard<std::mutex> lock(mutex_);
  free_.push_back(&waiter);
}

}  // namespace rehearse
