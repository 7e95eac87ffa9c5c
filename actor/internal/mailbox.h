// The queue of one actor: many senders, one receiver, bounded, with a lane that no bound delays.
//
// Senders push onto a list whose newest element, length and flags share one 64-bit word, so one
// compare-and-swap enqueues, checks the bound and learns whether the actor must be scheduled; the
// receiver takes the whole list and reverses it. A sender that finds the mailbox full queues a
// waiter that carries its message; while anybody waits, everybody queues, so no one overtakes. The
// receiver gives credit back in batches and moves waiting messages in behind what has arrived.
//
// Where one message at a time arrives, the receiver handles it while it is still the list's only
// element, and takes it out by the same compare-and-swap that declares the actor idle: two atomic
// operations a message, one of the sender's and one of the receiver's.

#ifndef REHEARSE_ACTOR_INTERNAL_MAILBOX_H_
#define REHEARSE_ACTOR_INTERNAL_MAILBOX_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/functional/function_ref.h"
#include "rehearse/actor/envelope.h"
#include "rehearse/actor/runtime/bias.h"
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

  // Not `idle`, it does not ask for the actor to be scheduled until that has been idle once.
  explicit Mailbox(uint16_t capacity, bool idle = true)
      : head_(idle ? kIdle : 0), capacity_(capacity), credit_batch_(BatchOf(capacity)) {}
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // For senders: on any thread, under Bias::Access if the receiver has a bias. `mine`: the caller
  // is its owner.
  [[gnu::always_inline]] Push TryPush(Envelope& envelope, Bias* mine = nullptr);
  // The lane that no bound delays, handled before the rest.
  Push PushSystem(Envelope& envelope);

  // Has the receiver look again, with nothing for it.
  Push Nudge();

  // After kFull: waits in line. kQueued and kQueuedFirst: there was room after all. kFull: `waiter`
  // is in the line; its token will be woken with its envelope taken, or left when the mailbox
  // closes.
  Push QueueForRoom(RoomWaiter& waiter);
  // Leaves the line. False if it is no longer in it: its message was taken, or refused at the
  // close.
  bool LeaveLine(RoomWaiter& waiter);

  // For the receiver alone.
  // The next message, system lane first; null if there is none. It may stay linked in the list, so
  // it goes back by Release, before anything else is called.
  Envelope* Next();
  // `envelope`, which Next gave, was handled: its payload is destroyed, its memory goes when it is
  // out of the list.
  void Release(Envelope& envelope);
  // Whether the last message was alone, and released: the moment to try to be idle.
  bool HandledInPlace() const { return place_ == Place::kSpent; }
  // `list`, oldest first, comes before the rest, and no bound counts it.
  void PutFirst(Envelope* list);
  // The same, before the lane that no bound delays too.
  void PutBeforeAll(Envelope* list);
  // Whether a message of `sender`'s is in it, or one that PutFirst put first.
  bool HasFrom(ActorId sender) const;
  // How many messages, and others that PutFirst put first, are `wanted`; asked in no order.
  size_t CountIf(absl::FunctionRef<bool(const Envelope&)> wanted) const;
  // Takes those that are `wanted`, asked in the order in which they would be handled, out of the
  // mailbox, where they count no more: the caller's, in that order. Not while one of the list is
  // being handled.
  Envelope* TakeIf(absl::FunctionRef<bool(const Envelope&)> wanted);
  // As Next, but the message is out of the list, and the caller's.
  Envelope* Pop();
  // Declares the actor idle. False if something has come. `mine`: the receiver's bias, if it has
  // one; `worker`: the thread's own.
  bool TryIdle(Bias* mine = nullptr, Worker* worker = CurrentWorker());
  // Refuses all from now on, and hands over what is left, oldest first, without a message that was
  // not released yet. Those in line are woken.
  Envelope* Close();
  // Whether nothing is in it, or on its way into it, that was not released.
  bool Empty() const {
    const uint64_t head = head_.load(std::memory_order_acquire);
    const Envelope* const spent = place_ == Place::kSpent ? local_ : nullptr;
    return PointerOf(head) == spent && (place_ == Place::kSpent || local_ == nullptr) &&
           local_system_ == nullptr && (head & (kSystem | kWaiters)) == 0;
  }
  bool closed() const { return (head_.load(std::memory_order_acquire) & kClosed) != 0; }

  uint16_t capacity() const { return capacity_; }

  // How many messages are in it: the one that is being handled too, and of a large one up to 15
  // that were handled just now. 0 for a mailbox without a bound, where the count is less than the
  // truth by some multiple of 65,536. Any thread.
  uint16_t size() const {
    if (capacity_ == kUnbounded) return 0;
    return static_cast<uint16_t>(head_.load(std::memory_order_relaxed) >> 48);
  }

 private:
  // [63..48 messages][47..4 newest][3 system lane][2 closed][1 waiters][0 idle]
  static constexpr uint64_t kIdle = 1;
  static constexpr uint64_t kWaiters = 2;
  static constexpr uint64_t kClosed = 4;
  static constexpr uint64_t kSystem = 8;
  static constexpr uint64_t kFlags = 15;
  static constexpr uint64_t kOne = uint64_t{1} << 48;
  static constexpr uint64_t kPointer = (kOne - 1) & ~kFlags;

  // Where local_ is.
  enum class Place : uint8_t {
    kTaken,  // out of the list: those to come, oldest first
    kHeld,   // one message, still the oldest of the list, being handled
    kSpent,  // the same, released
  };

  struct Line {
    SpinLock lock;
    RoomWaiter* first = nullptr;
    RoomWaiter* last = nullptr;
  };

  static Envelope* PointerOf(uint64_t head) { return reinterpret_cast<Envelope*>(head & kPointer); }
  // How many may have left a small mailbox, and a larger one, before senders learn of the room. One
  // without a bound counts too, for it costs less than to ask.
  static constexpr uint8_t BatchOf(uint16_t capacity) {
    return capacity != kUnbounded && capacity <= 16 ? 1 : 16;
  }
  bool Exchange(uint64_t& expected, uint64_t desired, Bias* mine) {
    return mine != nullptr
               ? mine->CompareExchange(head_, expected, desired)
               : head_.compare_exchange_strong(expected, desired, std::memory_order_acq_rel,
                                               std::memory_order_relaxed);
  }
  // Onto a list that is not idle, as far as we know: it was `head`.
  Push PushBehind(Envelope& envelope, uint64_t head, Bias* mine);
  Line& line();
  // TryIdle's other end: the list was not empty but `found`.
  bool StayBusy(uint64_t found, Envelope* spent, uint8_t credit);
  Envelope* PopSystem();
  Envelope* PopLocal();
  // One more was handled, or is about to be.
  void Count();
  void TakeAll();
  // Out of the list, oldest first: `newest` and those before it, without the one in place.
  Envelope* Taken(Envelope* newest);
  void GiveCredit();
  void AdmitWaiters();

  std::atomic<uint64_t> head_;
  std::atomic<Envelope*> system_{nullptr};
  Envelope* local_ = nullptr;
  Envelope* local_system_ = nullptr;
  std::atomic<Line*> line_{nullptr};
  const uint16_t capacity_;
  const uint8_t credit_batch_;
  uint8_t credit_ = 0;  // handled but not yet subtracted
  Place place_ = Place::kTaken;
};

// --- The way of each message.

inline Mailbox::Push Mailbox::TryPush(Envelope& envelope, Bias* mine) {
  uint64_t head = head_.load(std::memory_order_relaxed);
  if (head == kIdle) {
    envelope.next = nullptr;
    if (Exchange(head, kOne | reinterpret_cast<uint64_t>(&envelope), mine)) [[likely]] {
      return Push::kQueuedFirst;
    }
  }
  return PushBehind(envelope, head, mine);
}

inline Envelope* Mailbox::Next() {
  const uint64_t head = head_.load(std::memory_order_acquire);
  if (local_system_ != nullptr || (head & kSystem) != 0) [[unlikely]] {
    if (Envelope* const system = PopSystem(); system != nullptr) return system;
  }
  if (local_ != nullptr && place_ == Place::kTaken) return PopLocal();
  Envelope* const newest = PointerOf(head);
  if (newest == local_) return nullptr;  // nothing, or nothing but what was handled in place
  if (local_ == nullptr && newest->next == nullptr) {
    local_ = newest;
    place_ = Place::kHeld;
    Count();
    return newest;
  }
  TakeAll();
  return PopLocal();
}

inline bool Mailbox::HasFrom(ActorId sender) const {
  const auto is_in = [sender](const Envelope* at) {
    while (at != nullptr && !(at->sender == sender)) at = at->next;
    return at != nullptr;
  };
  return is_in(local_system_) || (place_ == Place::kTaken && is_in(local_)) ||
         is_in(PointerOf(head_.load(std::memory_order_acquire)));
}

inline void Mailbox::Release(Envelope& envelope) {
  envelope.DestroyPayload();
  if (&envelope == local_ && place_ == Place::kHeld) {
    place_ = Place::kSpent;
  } else {
    envelope.Release();
  }
}

[[gnu::always_inline]] inline bool Mailbox::TryIdle(Bias* mine, Worker* worker) {
  // Idle is set on a word that has nothing in it but what was handled: no messages, no waiters, no
  // flags.
  uint64_t nothing = reinterpret_cast<uint64_t>(local_) | credit_ * kOne;
  Envelope* const spent = std::exchange(local_, nullptr);
  const uint8_t credit = std::exchange(credit_, uint8_t{0});
  place_ = Place::kTaken;
  if (Exchange(nothing, kIdle, mine)) [[likely]] {
    // From here on another worker may run the actor: the mailbox is left alone.
    if (spent != nullptr) spent->Release(worker);
    return true;
  }
  return StayBusy(nothing, spent, credit);
}

inline Envelope* Mailbox::PopLocal() {
  Count();
  return std::exchange(local_, local_->next);
}

inline void Mailbox::Count() {
  if (++credit_ >= credit_batch_) GiveCredit();
}

}  // namespace rehearse::internal

#endif  // REHEARSE_ACTOR_INTERNAL_MAILBOX_H_
