// A poller with nothing to poll: for workers that only run actors.

#ifndef REHEARSE_ACTOR_RUNTIME_POSIX_CONDITION_POLLER_H_
#define REHEARSE_ACTOR_RUNTIME_POSIX_CONDITION_POLLER_H_

#include <condition_variable>
#include <mutex>

#include "rehearse/actor/runtime/poller.h"
#include "rehearse/actor/runtime/posix/boot_clock.h"

namespace rehearse {

class ConditionPoller final : public Poller {
 public:
  // All workers of one scheduler share a timebase: give them copies of one clock.
  explicit ConditionPoller(const BootClock& clock) : clock_(clock) {}

  Instant Now() override { return clock_.Now(); }
  void Wait(Instant deadline) override;
  void Wake() override;

 private:
  const BootClock clock_;
  std::mutex mutex_;
  std::condition_variable woken_;
  bool wake_ = false;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_POSIX_CONDITION_POLLER_H_
