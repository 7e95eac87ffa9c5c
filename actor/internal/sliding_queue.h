// The messages of an actor that wants the newest: where there is no room, the oldest makes some.

#ifndef REHEARSE_ACTOR_INTERNAL_SLIDING_QUEUE_H_
#define REHEARSE_ACTOR_INTERNAL_SLIDING_QUEUE_H_

#include <cstddef>
#include <deque>

#include "rehearse/actor/envelope.h"
#include "rehearse/actor/runtime/spin_lock.h"

namespace rehearse::internal {

// Any thread.
class SlidingQueue {
 public:
  struct Pushed {
    bool closed = false;  // the envelope is still the caller's
    EnvelopePtr dropped;  // what made room
  };

  explicit SlidingQueue(size_t capacity) : capacity_(capacity) {}

  Pushed Push(Envelope& envelope);

  // The oldest; null if there is none.
  EnvelopePtr Pop();

  // What `sender` has sent is older than the rest from now on.
  void PutFirst(ActorId sender);

  // Takes no more. What is left, linked, oldest first.
  Envelope* Close();

 private:
  const size_t capacity_;
  SpinLock lock_;
  bool closed_ = false;
  std::deque<EnvelopePtr> messages_;
};

}  // namespace rehearse::internal

#endif  // REHEARSE_ACTOR_INTERNAL_SLIDING_QUEUE_H_
