// Whose turn it is with a secure channel: of the two fibers that use it, one parks while the other
// seals or opens, which may take as long as a hundred messages.

#ifndef REHEARSE_NET_LIBP2P_TCP_CHANNEL_TURN_H_
#define REHEARSE_NET_LIBP2P_TCP_CHANNEL_TURN_H_

#include <mutex>
#include <utility>

#include "absl/status/status.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/actor/runtime/waitable.h"

namespace rehearse::net {

// For two fibers of the scheduler, on any worker.
class ChannelTurn {
 public:
  explicit ChannelTurn(Scheduler& scheduler) : scheduler_(scheduler) {}

  // Parks while the other has its turn. OK: call End, and park nowhere before.
  //   kCancelled, kFailedPrecondition  the fiber is being ended; it has no turn.
  absl::Status Begin() {
    while (true) {
      if (TryBegin({})) return absl::OkStatus();
      Wait wait(scheduler_, "Channel");
      if (TryBegin(wait.token())) return absl::OkStatus();
      const WakeReason reason = wait.Until(Instant::Infinite());
      if (reason != WakeReason::kNotified) return WaitStatus(reason, "wait for a turn");
    }
  }

  void End() {
    WaitToken other;
    {
      const std::lock_guard<SpinLock> lock(lock_);
      taken_ = false;
      other = std::exchange(waiter_, WaitToken{});
    }
    if (other) Waitable::Wake(other, WakeReason::kNotified);
  }

 private:
  bool TryBegin(WaitToken waiter) {
    const std::lock_guard<SpinLock> lock(lock_);
    if (!std::exchange(taken_, true)) return true;
    if (waiter) waiter_ = waiter;
    return false;
  }

  Scheduler& scheduler_;
  SpinLock lock_;
  bool taken_ = false;
  WaitToken waiter_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_TCP_CHANNEL_TURN_H_
