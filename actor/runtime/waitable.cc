#include "rehearse/actor/runtime/waitable.h"

namespace rehearse {

bool Waitable::Wake(WaitToken token, WakeReason reason) {
  if (token.waitable == nullptr) return false;
  std::atomic<uint64_t>& word = token.waitable->word_;
  uint64_t seen = word.load(std::memory_order_acquire);
  const uint64_t armed = Word(token.generation, WakeReason::kNone, kArmed);
  const uint64_t parked = Word(token.generation, WakeReason::kNone, kParked);
  const uint64_t done = Word(token.generation, reason, kDone);
  do {
    if (seen != armed && seen != parked) return false;
  } while (!word.compare_exchange_weak(seen, done, std::memory_order_acq_rel,
                                       std::memory_order_acquire));
  // Seen armed, the waiter has yet to park and will find itself woken; it may already be gone.
  if (seen == parked) token.waitable->OnWoken();
  return true;
}

bool Waitable::PublishParked() {
  uint64_t seen = word_.load(std::memory_order_relaxed);
  if ((seen & kStateMask) != kArmed) return false;
  const uint64_t parked = (seen & ~kStateMask) | kParked;
  return word_.compare_exchange_strong(seen, parked, std::memory_order_acq_rel,
                                       std::memory_order_acquire);
}

}  // namespace rehearse
