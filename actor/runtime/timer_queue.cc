#include "rehearse/actor/runtime/timer_queue.h"

#include <algorithm>

#include "rehearse/actor/env/check.h"

namespace rehearse {
namespace {

constexpr size_t kArity = 4;

}  // namespace

void TimerQueue::Set(Timer& timer, Instant when) {
  REHEARSE_CHECK(!timer.active(), "a timer was set twice");
  if (when.infinite()) return;
  Insert({when, next_number_++, &timer});
}

void TimerQueue::Cancel(Timer& timer) {
  if (timer.place_ == Timer::kHeldBack) {
    timer.place_ = Timer::kNowhere;
    std::erase_if(held_back_, [&timer](const Entry& entry) { return entry.timer == &timer; });
  } else if (timer.active()) {
    RemoveAt(timer.place_);
  }
}

size_t TimerQueue::FireDue(Instant now) {
  const uint64_t numbers_end = next_number_;
  size_t fired = 0;
  while (!heap_.empty() && heap_.front().when <= now) {
    const Entry due = heap_.front();
    RemoveAt(0);
    if (due.number >= numbers_end) {
      // It stands before others that are due, which must not wait for it.
      due.timer->place_ = Timer::kHeldBack;
      held_back_.push_back(due);
      continue;
    }
    ++fired;
    due.timer->Fire();
  }
  for (const Entry& entry : held_back_) Insert(entry);
  held_back_.clear();
  return fired;
}

void TimerQueue::Insert(const Entry& entry) {
  heap_.emplace_back();
  SiftUp(heap_.size() - 1, entry);
}

void TimerQueue::Place(size_t place, const Entry& entry) {
  heap_[place] = entry;
  entry.timer->place_ = place;
}

void TimerQueue::SiftUp(size_t place, const Entry& entry) {
  while (place > 0) {
    const size_t parent = (place - 1) / kArity;
    if (!entry.Before(heap_[parent])) break;
    Place(place, heap_[parent]);
    place = parent;
  }
  Place(place, entry);
}

void TimerQueue::SiftDown(size_t place, const Entry& entry) {
  while (true) {
    const size_t first = place * kArity + 1;
    if (first >= heap_.size()) break;
    const size_t end = std::min(first + kArity, heap_.size());
    size_t least = first;
    for (size_t child = first + 1; child < end; ++child) {
      if (heap_[child].Before(heap_[least])) least = child;
    }
    if (!heap_[least].Before(entry)) break;
    Place(place, heap_[least]);
    place = least;
  }
  Place(place, entry);
}

void TimerQueue::RemoveAt(size_t place) {
  heap_[place].timer->place_ = Timer::kNowhere;
  const Entry last = heap_.back();
  heap_.pop_back();
  if (place == heap_.size()) return;
  if (place > 0 && last.Before(heap_[(place - 1) / kArity])) {
    SiftUp(place, last);
  } else {
    SiftDown(place, last);
  }
}

}  // namespace rehearse
