// The one hand-shake by which anything waits: a reply, a deadline, room in a mailbox, bytes, a
// stop.
//
// Whoever waits takes a token, hands copies of it to all that may end the wait, and parks. The
// first to wake it wins; the others, and tokens of waits long over, do nothing. A token can be kept
// for ever: what it names is never unmapped while its scheduler lives, and its generation is used
// again only after two thousand million waits.

#ifndef REHEARSE_ACTOR_RUNTIME_WAITABLE_H_
#define REHEARSE_ACTOR_RUNTIME_WAITABLE_H_

#include <atomic>
#include <cstdint>
#include <utility>

#include "rehearse/actor/runtime/bias.h"

namespace rehearse {

enum class WakeReason : uint8_t {
  kNone,
  kNotified,  // what was waited for may be there: look
  kDeadline,  // the time is up
  kStopped,   // the actor is being stopped: return kCancelled
  kRefused,   // the wait never began: an exception is on its way through this fiber
  kGivenUp,   // who asked for what the actor handles waits no more: return kCancelled
};

class Waitable;

struct WaitToken {
  Waitable* waitable = nullptr;
  uint32_t generation = 0;  // 31 bits

  explicit operator bool() const { return waitable != nullptr; }
  friend bool operator==(const WaitToken&, const WaitToken&) = default;
};

// A fiber, or a plain thread. One wait at a time.
class Waitable {
 public:
  // `bias`: of the scheduler whose worker alone waits here; null for a plain thread's.
  explicit Waitable(Bias* bias = nullptr) : bias_(bias) {}
  Waitable(const Waitable&) = delete;
  Waitable& operator=(const Waitable&) = delete;

  // Begins a wait. Its own fiber or thread only.
  WaitToken Arm() {
    const auto last =
        static_cast<uint32_t>(word_.load(std::memory_order_relaxed) >> kGenerationShift);
    const uint32_t generation = (last + 1) & kGenerationMask;
    word_.store(Word(generation, WakeReason::kNone, kArmed), std::memory_order_release);
    return {this, generation};
  }

  // Ends the wait that `token` stands for, if it goes on. Returns whether this call ended it. Any
  // thread.
  static bool Wake(WaitToken token, WakeReason reason);

  // The same, for kNotified, and leaves `what` for the waiter. False: nobody waits, and `what` is
  // still the caller's. Any thread.
  static bool Deliver(WaitToken token, void* what);

  // What the last wait was given, once; null if nothing. Its own fiber or thread only, after the
  // wait.
  void* TakeDelivered() { return std::exchange(delivered_, nullptr); }

  // The present wait's token, for a deadline or a stop. Its own worker only.
  WaitToken token() {
    return {this, static_cast<uint32_t>(word_.load(std::memory_order_relaxed) >> kGenerationShift)};
  }

  // How the wait ended; kNone while it goes on.
  WakeReason reason() const {
    uint64_t word = word_.load(std::memory_order_acquire);
    // A few instructions of another thread's.
    while ((word & kStateMask) == kDelivering) word = word_.load(std::memory_order_acquire);
    return static_cast<WakeReason>((word >> kReasonShift) & 0xff);
  }

  // Whether the wait of `generation` goes on. Any thread.
  bool Waits(uint32_t generation) const {
    const uint64_t word = word_.load(std::memory_order_acquire);
    return word == Word(generation, WakeReason::kNone, kArmed) ||
           word == Word(generation, WakeReason::kNone, kParked);
  }

  // Its number in its scheduler's WaitableTable.
  uint32_t index() const { return index_; }

 protected:
  ~Waitable() = default;

  // Declares it parked: from now on a waker makes it ready. False if it has been woken already.
  bool PublishParked();
  // The same for a wait that nobody has the token of yet.
  void Commit() {
    word_.store(word_.load(std::memory_order_relaxed) - kArmed + kParked,
                std::memory_order_release);
  }
  // Ends the wait of `generation` by its own fiber or thread, which is not made ready by that.
  // False if another was first.
  bool Withdraw(uint32_t generation, WakeReason reason) {
    return End(generation, Word(generation, reason, kDone)) != kDone;
  }

  // It was parked and somebody woke it. On the waker's thread.
  virtual void OnWoken() = 0;

 private:
  friend class WaitableTable;
  enum State : uint64_t { kIdle, kArmed, kParked, kDelivering, kDone };
  static constexpr int kReasonShift = 8;
  static constexpr int kGenerationShift = 32;
  static constexpr uint32_t kGenerationMask = 0x7fffffff;
  static constexpr uint64_t kStateMask = 0xff;

  static constexpr uint64_t Word(uint32_t generation, WakeReason reason, State state) {
    return uint64_t{generation} << kGenerationShift |
           uint64_t{static_cast<uint8_t>(reason)} << kReasonShift | state;
  }
  // Ends the wait of `generation` by going to `next`. Returns the state that it was in: kArmed or
  // kParked; kDone if it had ended.
  State End(uint32_t generation, uint64_t next);

  bool Change(uint64_t& expected, uint64_t next) {
    return bias_ != nullptr
               ? bias_->Change(word_, expected, next)
               : word_.compare_exchange_strong(expected, next, std::memory_order_acq_rel,
                                               std::memory_order_acquire);
  }

  std::atomic<uint64_t> word_{0};
  void* delivered_ = nullptr;
  uint32_t index_ = 0;
  Bias* const bias_;
};

inline Waitable::State Waitable::End(uint32_t generation, uint64_t next) {
  uint64_t seen = word_.load(std::memory_order_acquire);
  const uint64_t armed = Word(generation, WakeReason::kNone, kArmed);
  const uint64_t parked = Word(generation, WakeReason::kNone, kParked);
  do {
    if (seen != armed && seen != parked) return kDone;
  } while (!Change(seen, next));
  return seen == parked ? kParked : kArmed;
}

inline bool Waitable::Wake(WaitToken token, WakeReason reason) {
  if (token.waitable == nullptr) return false;
  const State before = token.waitable->End(token.generation, Word(token.generation, reason, kDone));
  // Seen armed, the waiter has yet to park and will find itself woken; it may already be gone.
  if (before == kParked) token.waitable->OnWoken();
  return before != kDone;
}

inline bool Waitable::Deliver(WaitToken token, void* what) {
  Waitable& waitable = *token.waitable;
  const State before =
      waitable.End(token.generation, Word(token.generation, WakeReason::kNone, kDelivering));
  if (before == kDone) return false;
  waitable.delivered_ = what;
  waitable.word_.store(Word(token.generation, WakeReason::kNotified, kDone),
                       std::memory_order_release);
  if (before == kParked) waitable.OnWoken();
  return true;
}

inline bool Waitable::PublishParked() {
  uint64_t seen = word_.load(std::memory_order_relaxed);
  if ((seen & kStateMask) != kArmed) return false;
  return Change(seen, seen - kArmed + kParked);
}

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_WAITABLE_H_
