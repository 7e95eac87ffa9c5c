// The one hand-shake by which anything waits: a reply, a deadline, room in a mailbox, bytes, a
// stop.
//
// Whoever waits takes a token, hands copies of it to all that may end the wait, and parks. The
// first to wake it wins; the others, and tokens of waits long over, do nothing. A token can be kept
// for ever: what it names is never unmapped while its scheduler lives, and its generation is never
// used twice.

#ifndef REHEARSE_ACTOR_RUNTIME_WAITABLE_H_
#define REHEARSE_ACTOR_RUNTIME_WAITABLE_H_

#include <atomic>
#include <cstdint>

namespace rehearse {

enum class WakeReason : uint8_t {
  kNone,
  kNotified,  // what was waited for may be there: look
  kDeadline,  // the time is up
  kStopped,   // the actor is being stopped: return kCancelled
  kRefused,   // the wait never began: an exception is on its way through this fiber
};

class Waitable;

struct WaitToken {
  Waitable* waitable = nullptr;
  uint32_t generation = 0;

  explicit operator bool() const { return waitable != nullptr; }
  friend bool operator==(const WaitToken&, const WaitToken&) = default;
};

// A fiber, or a plain thread. One wait at a time.
class Waitable {
 public:
  Waitable() = default;
  Waitable(const Waitable&) = delete;
  Waitable& operator=(const Waitable&) = delete;

  // Begins a wait. Its own fiber or thread only.
  WaitToken Arm() {
    const uint32_t generation =
        static_cast<uint32_t>(word_.load(std::memory_order_relaxed) >> kGenerationShift) + 1;
    word_.store(Word(generation, WakeReason::kNone, kArmed), std::memory_order_release);
    return {this, generation};
  }

  // Ends the wait that `token` stands for, if it goes on. Returns whether this call ended it. Any
  // thread.
  static bool Wake(WaitToken token, WakeReason reason);

  // The present wait's token, for a deadline or a stop. Its own worker only.
  WaitToken token() {
    return {this, static_cast<uint32_t>(word_.load(std::memory_order_relaxed) >> kGenerationShift)};
  }

  // How the wait ended; kNone while it goes on.
  WakeReason reason() const {
    return static_cast<WakeReason>((word_.load(std::memory_order_acquire) >> kReasonShift) & 0xff);
  }

 protected:
  ~Waitable() = default;

  // Declares it parked: from now on a waker makes it ready. False if it has been woken already.
  bool PublishParked();

  // It was parked and somebody woke it. On the waker's thread.
  virtual void OnWoken() = 0;

 private:
  enum State : uint64_t { kIdle, kArmed, kParked, kDone };
  static constexpr int kReasonShift = 8;
  static constexpr int kGenerationShift = 32;
  static constexpr uint64_t kStateMask = 0xff;

  static constexpr uint64_t Word(uint32_t generation, WakeReason reason, State state) {
    return uint64_t{generation} << kGenerationShift |
           uint64_t{static_cast<uint8_t>(reason)} << kReasonShift | state;
  }

  std::atomic<uint64_t> word_{0};
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_WAITABLE_H_
