#include "rehearse/actor/internal/sliding_queue.h"

#include <algorithm>
#include <mutex>
#include <utility>

namespace rehearse::internal {

SlidingQueue::Pushed SlidingQueue::Push(Envelope& envelope) {
  Pushed pushed;
  const std::lock_guard<SpinLock> lock(lock_);
  if (closed_) {
    pushed.closed = true;
    return pushed;
  }
  if (messages_.size() == capacity_) {
    pushed.dropped = std::move(messages_.front());
    messages_.pop_front();
  }
  messages_.emplace_back(&envelope);
  return pushed;
}

EnvelopePtr SlidingQueue::Pop() {
  const std::lock_guard<SpinLock> lock(lock_);
  if (messages_.empty()) return nullptr;
  EnvelopePtr oldest = std::move(messages_.front());
  messages_.pop_front();
  return oldest;
}

void SlidingQueue::PutFirst(ActorId sender) {
  const std::lock_guard<SpinLock> lock(lock_);
  std::stable_partition(messages_.begin(), messages_.end(), [sender](const EnvelopePtr& envelope) {
    return envelope->sender == sender;
  });
}

Envelope* SlidingQueue::Close() {
  const std::lock_guard<SpinLock> lock(lock_);
  closed_ = true;
  Envelope* first = nullptr;
  while (!messages_.empty()) {
    messages_.back()->next = first;
    first = messages_.back().release();
    messages_.pop_back();
  }
  return first;
}

}  // namespace rehearse::internal
