#include "rehearse/actor/internal/mailbox.h"

#include <mutex>
#include <utility>

namespace rehearse::internal {
namespace {

// Newest first to oldest first, in front of nothing.
Envelope* Reversed(Envelope* newest) {
  Envelope* oldest = nullptr;
  while (newest != nullptr) {
    Envelope* const next = newest->next;
    newest->next = oldest;
    oldest = std::exchange(newest, next);
  }
  return oldest;
}

void Append(Envelope*& list, Envelope* tail) {
  Envelope** link = &list;
  while (*link != nullptr) link = &(*link)->next;
  *link = tail;
}

// From `list` behind `found`. How many.
size_t MoveIf(Envelope*& list, absl::FunctionRef<bool(const Envelope&)> wanted, Envelope*& found) {
  Envelope** end = &found;
  while (*end != nullptr) end = &(*end)->next;
  size_t count = 0;
  for (Envelope** link = &list; *link != nullptr;) {
    Envelope* const at = *link;
    if (!wanted(*at)) {
      link = &at->next;
      continue;
    }
    *link = std::exchange(at->next, nullptr);
    *end = at;
    end = &at->next;
    ++count;
  }
  return count;
}

}  // namespace

Mailbox::~Mailbox() {
  // A system message that raced with the close.
  Envelope* left = system_.load(std::memory_order_acquire);
  while (left != nullptr) EnvelopePtr(std::exchange(left, left->next));
  delete line_.load(std::memory_order_relaxed);
}

Mailbox::Push Mailbox::PushBehind(Envelope& envelope, uint64_t head, Bias* mine) {
  uint64_t pushed;
  do {
    if ((head & (kClosed | kWaiters)) != 0) [[unlikely]] {
      return (head & kClosed) != 0 ? Push::kClosed : Push::kFull;
    }
    if (capacity_ != kUnbounded && head >> 48 >= capacity_) return Push::kFull;
    const uint64_t count = (head & ~(kOne - 1)) + kOne;
    envelope.next = PointerOf(head);
    pushed = count | reinterpret_cast<uint64_t>(&envelope) | (head & kSystem);
  } while (!Exchange(head, pushed, mine));
  return (head & kIdle) != 0 ? Push::kQueuedFirst : Push::kQueued;
}

Mailbox::Push Mailbox::PushSystem(Envelope& envelope) {
  if (closed()) return Push::kClosed;
  Envelope* newest = system_.load(std::memory_order_relaxed);
  do {
    envelope.next = newest;
  } while (!system_.compare_exchange_weak(newest, &envelope, std::memory_order_release,
                                          std::memory_order_relaxed));
  // If it closes between the two, Close or the destructor's owner finds the envelope in the lane.
  return Nudge() == Push::kQueuedFirst ? Push::kQueuedFirst : Push::kQueued;
}

Mailbox::Push Mailbox::Nudge() {
  uint64_t head = head_.load(std::memory_order_relaxed);
  while (!head_.compare_exchange_weak(head, (head | kSystem) & ~kIdle, std::memory_order_acq_rel,
                                      std::memory_order_relaxed)) {
  }
  if ((head & kClosed) != 0) return Push::kClosed;
  return (head & kIdle) != 0 ? Push::kQueuedFirst : Push::kQueued;
}

// Behind what came by the lane. The flag keeps the receiver from going idle.
void Mailbox::PutFirst(Envelope* list) {
  Append(local_system_, list);
  Nudge();
}

void Mailbox::PutBeforeAll(Envelope* list) {
  Envelope* const others = std::exchange(local_system_, nullptr);
  PutFirst(list);
  Append(local_system_, others);
}

size_t Mailbox::CountIf(absl::FunctionRef<bool(const Envelope&)> wanted) const {
  const Envelope* const spent = place_ == Place::kSpent ? local_ : nullptr;
  size_t count = 0;
  const auto look = [&](const Envelope* at) {
    for (; at != nullptr; at = at->next) count += at != spent && wanted(*at) ? 1 : 0;
  };
  look(local_system_);
  if (place_ == Place::kTaken) look(local_);
  // Senders add before the newest, and nobody but the receiver takes any out.
  look(PointerOf(head_.load(std::memory_order_acquire)));
  return count;
}

Envelope* Mailbox::TakeIf(absl::FunctionRef<bool(const Envelope&)> wanted) {
  TakeAll();
  Envelope* found = nullptr;
  MoveIf(local_system_, wanted, found);
  for (size_t count = MoveIf(local_, wanted, found); count > 0; --count) Count();
  return found;
}

Mailbox::Push Mailbox::QueueForRoom(RoomWaiter& waiter) {
  Line& line = this->line();
  const std::lock_guard<SpinLock> lock(line.lock);
  uint64_t head = head_.load(std::memory_order_relaxed);
  while (true) {
    if ((head & kClosed) != 0) return Push::kClosed;
    if ((head & kWaiters) != 0) break;
    if (head >> 48 < capacity_) {
      // Room since we looked, and nobody in line.
      const Push push = TryPush(*waiter.envelope);
      if (push != Push::kFull) return push;
      head = head_.load(std::memory_order_relaxed);
    } else if (head_.compare_exchange_weak(head, head | kWaiters, std::memory_order_acq_rel,
                                           std::memory_order_relaxed)) {
      break;
    }
  }
  (line.first == nullptr ? line.first : line.last->next) = &waiter;
  line.last = &waiter;
  waiter.queued = true;
  return Push::kFull;
}

bool Mailbox::LeaveLine(RoomWaiter& waiter) {
  Line& line = this->line();
  const std::lock_guard<SpinLock> lock(line.lock);
  if (!waiter.queued) return false;
  RoomWaiter* previous = nullptr;
  for (RoomWaiter* at = line.first; at != &waiter; at = at->next) previous = at;
  (previous == nullptr ? line.first : previous->next) = waiter.next;
  if (line.last == &waiter) line.last = previous;
  waiter.queued = false;
  if (line.first == nullptr) head_.fetch_and(~kWaiters, std::memory_order_acq_rel);
  return true;
}

Envelope* Mailbox::PopSystem() {
  if (local_system_ == nullptr) {
    head_.fetch_and(~kSystem, std::memory_order_acq_rel);
    local_system_ = Reversed(system_.exchange(nullptr, std::memory_order_acquire));
    if (local_system_ == nullptr) return nullptr;
  }
  return std::exchange(local_system_, local_system_->next);
}

Envelope* Mailbox::Pop() {
  if (local_system_ != nullptr || (head_.load(std::memory_order_relaxed) & kSystem) != 0) {
    if (Envelope* const system = PopSystem(); system != nullptr) return system;
  }
  if (local_ == nullptr || place_ != Place::kTaken) TakeAll();
  return local_ == nullptr ? nullptr : PopLocal();
}

bool Mailbox::StayBusy(uint64_t found, Envelope* spent, uint8_t credit) {
  if (found == kIdle) return true;  // its last wait was ended by a stop, not by a message
  local_ = spent;
  if (spent != nullptr) place_ = Place::kSpent;
  credit_ = credit;
  if (credit != 0) GiveCredit();
  return false;
}

Envelope* Mailbox::Close() {
  const uint64_t head = head_.exchange(kClosed, std::memory_order_acq_rel);
  if ((head & kWaiters) != 0) {
    // Who sets the flag holds the lock until it is in line.
    Line& line = this->line();
    const std::lock_guard<SpinLock> lock(line.lock);
    RoomWaiter* waiting = std::exchange(line.first, nullptr);
    line.last = nullptr;
    for (RoomWaiter* at = waiting; at != nullptr; at = at->next) at->queued = false;
    // Woken under the lock: a waiter that is not in line may leave as soon as it can take the lock.
    while (waiting != nullptr) {
      RoomWaiter* const next = waiting->next;
      Waitable::Wake(waiting->token, WakeReason::kNotified);
      waiting = next;
    }
  }
  Envelope* const arrived = Taken(PointerOf(head));
  Envelope* left = std::exchange(local_system_, nullptr);
  Append(left, Reversed(system_.exchange(nullptr, std::memory_order_acquire)));
  Append(left, std::exchange(local_, nullptr));
  Append(left, arrived);
  return left;
}

Mailbox::Line& Mailbox::line() {
  Line* line = line_.load(std::memory_order_acquire);
  if (line != nullptr) return *line;
  auto made = std::make_unique<Line>();
  if (line_.compare_exchange_strong(line, made.get(), std::memory_order_acq_rel)) {
    return *made.release();
  }
  return *line;
}

// The credit rides along.
void Mailbox::TakeAll() {
  uint64_t head = head_.load(std::memory_order_relaxed);
  if (PointerOf(head) == nullptr) return;
  const uint64_t credit = std::exchange(credit_, uint8_t{0});
  while (!head_.compare_exchange_weak(head, (head & ~kPointer) - credit * kOne,
                                      std::memory_order_acq_rel, std::memory_order_relaxed)) {
  }
  Append(local_, Taken(PointerOf(head)));
  if (credit != 0 && (head & kWaiters) != 0) AdmitWaiters();
}

Envelope* Mailbox::Taken(Envelope* newest) {
  Envelope* const oldest = Reversed(newest);
  if (place_ == Place::kTaken) return oldest;
  local_ = nullptr;
  Envelope* const next = oldest->next;
  if (std::exchange(place_, Place::kTaken) == Place::kSpent) oldest->Release();
  return next;
}

void Mailbox::GiveCredit() {
  const uint8_t credit = std::exchange(credit_, uint8_t{0});
  const uint64_t before = head_.fetch_sub(credit * kOne, std::memory_order_acq_rel);
  if ((before & kWaiters) != 0) AdmitWaiters();
}

void Mailbox::AdmitWaiters() {
  Line& line = this->line();
  const std::lock_guard<SpinLock> lock(line.lock);
  // The room is what there is now: before the lock was ours, the line may have emptied, others have
  // pushed, and a new line have formed. While there is one, nobody else takes room.
  const uint64_t head = head_.load(std::memory_order_acquire);
  if ((head & kWaiters) == 0) return;
  const uint64_t room = capacity_ - (head >> 48);
  // What has arrived came before those in line: take it first, then append them behind it.
  TakeAll();
  uint64_t admitted = 0;
  Envelope* newest = nullptr;
  while (line.first != nullptr && admitted < room) {
    RoomWaiter& waiter = *line.first;
    line.first = waiter.next;
    waiter.queued = false;
    waiter.envelope->next = newest;
    newest = std::exchange(waiter.envelope, nullptr);
    ++admitted;
    Waitable::Wake(waiter.token, WakeReason::kNotified);
  }
  Append(local_, Reversed(newest));
  if (line.first == nullptr) line.last = nullptr;
  head_.fetch_add(admitted * kOne, std::memory_order_acq_rel);
  if (line.first == nullptr) head_.fetch_and(~kWaiters, std::memory_order_acq_rel);
}

}  // namespace rehearse::internal
