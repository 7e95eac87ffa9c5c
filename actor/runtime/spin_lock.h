// A lock for a few instructions, in places where a fiber must not park: one byte, rarely contended.

#ifndef REHEARSE_ACTOR_RUNTIME_SPIN_LOCK_H_
#define REHEARSE_ACTOR_RUNTIME_SPIN_LOCK_H_

#include <atomic>

#include "rehearse/actor/runtime/yield.h"

namespace rehearse {

// Never hold it over anything that may park, throw, or call user code.
class SpinLock {
 public:
  void lock() {
    while (locked_.exchange(true, std::memory_order_acquire)) {
      while (locked_.load(std::memory_order_relaxed)) YieldThread();
    }
  }
  void unlock() { locked_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool> locked_{false};
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_SPIN_LOCK_H_
