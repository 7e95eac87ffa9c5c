// The queue of one actor: many senders, one receiver, bounded, with a lane that no bound delays.
//
// Senders push onto a list whose newest element, length and flags share one 64-bit word, so one
// compare-and-swap enqueues, checks the bound and learns whether the actor must be scheduled; the
// receiver takes the whole list and reverses it. A sender that finds the mailbox full queues a
// waiter that carries its message; while anybody waits, everybody queues, so no one overtakes. The
// receiver gives credit back in batches and moves waiting messages in behind what has arrived.

#ifndef REHEARSE_ACTOR_INTERNAL_MAILBOX_H_
#define REHEARSE_ACTOR_INTERNAL_MAILBOX_H_

#include <atomic>
#include <cstdint>
#include <memory>

#include "rehearse/actor/envelope.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/actor/runtime/waitable.h"

namespace rehearse::internal {

// A sender that waits for room. On its stack.
struct RoomWaiter {
  Envelope* envelope;  // taken by the receiver when there is room
  WaitToken token;
  RoomWaiter* next = nullptr;
  bool queued = false;
};

class Mailbox {
 public:
  static constexpr uint16_t kUnbounded = 0;

  enum class Push : uint8_t {
    kQueued,
    kQueuedFirst,  // and the actor was idle: schedule it
    kFull,         // nothing happened to the envelope
    kClosed,       // nothing happened to the envelope
  };

  explicit Mailbox(uint16_t capacity) : capacity_(capacity) {}
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // For senders, on any thread.
  Push TryPush(Envelope& envelope);
  // The lane that no bound delays, handled before the rest.
  Push PushSystem(Envelope& envelope);

  // After kFull: waits in line. kQueued and kQueuedFirst: there was room after all. kFull: `waiter`
  // is in the line; its token will be woken with its envelope taken, or left when the mailbox
  // closes.
  Push QueueForRoom(RoomWaiter& waiter);
  // Leaves the line. False if it is no longer in it: its message was taken, or refused at the
  // close.
  bool LeaveLine(RoomWaiter& waiter);

  // For the receiver alone.
  // The next message, system lane first; null if there is none.
  Envelope* Pop();
  bool PopIsSystem() const { return popped_system_; }
  // Declares the actor idle. False if something has come.
  bool TryIdle();
  // Refuses all from now on, and hands over what is left, oldest first. Those in line are woken.
  Envelope* Close();
  bool closed() const { return (head_.load(std::memory_order_acquire) & kClosed) != 0; }

  uint16_t capacity() const { return capacity_; }

 private:
  // [63..48 messages][47..4 newest][3 system lane][2 closed][1 waiters][0 idle]
  static constexpr uint64_t kIdle = 1;
  static constexpr uint64_t kWaiters = 2;
  static constexpr uint64_t kClosed = 4;
  static constexpr uint64_t kSystem = 8;
  static constexpr uint64_t kFlags = 15;
  static constexpr uint64_t kOne = uint64_t{1} << 48;
  static constexpr uint64_t kPointer = (kOne - 1) & ~kFlags;

  struct Line {
    SpinLock lock;
    RoomWaiter* first = nullptr;
    RoomWaiter* last = nullptr;
  };

  static Envelope* PointerOf(uint64_t head) { return reinterpret_cast<Envelope*>(head & kPointer); }
  // How many may have left a small mailbox, and a larger one, before senders learn of the room.
  uint8_t credit_batch() const { return capacity_ <= 16 ? 1 : 16; }
  Line& line();
  void TakeAll();
  void GiveCredit();
  void AdmitWaiters();

  std::atomic<uint64_t> head_{kIdle};
  std::atomic<Envelope*> system_{nullptr};
  Envelope* local_ = nullptr;  // taken, oldest first
  Envelope* local_system_ = nullptr;
  std::atomic<Line*> line_{nullptr};
  const uint16_t capacity_;
  uint8_t credit_ = 0;  // handled but not yet subtracted
  bool popped_system_ = false;
};

}  // namespace rehearse::internal

#endif  // REHEARSE_ACTOR_INTERNAL_MAILBOX_H_
