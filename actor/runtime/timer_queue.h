// Deadlines of one worker, in total order.
//
// A 4-ary heap of (when, number): two timers for one instant fire in the order in which they were
// set, in every build.

#ifndef REHEARSE_ACTOR_RUNTIME_TIMER_QUEUE_H_
#define REHEARSE_ACTOR_RUNTIME_TIMER_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "rehearse/actor/env/instant.h"

namespace rehearse {

// Lives in whatever waits. It must be cancelled or have fired before it is destroyed.
class Timer {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // Its time has come; it is no longer in the queue and may be set again, or destroyed.
  virtual void Fire() = 0;

  bool active() const { return place_ != kNowhere; }

 protected:
  ~Timer() = default;

 private:
  friend class TimerQueue;
  static constexpr size_t kNowhere = SIZE_MAX;
  static constexpr size_t kHeldBack = SIZE_MAX - 1;
  size_t place_ = kNowhere;
};

// One worker's; on its thread only.
class TimerQueue {
 public:
  // Sets `timer`, which is not active, to fire at `when`. Infinite() never fires and costs nothing.
  void Set(Timer& timer, Instant when);

  // Takes it out. Nothing happens to a timer that is not active.
  void Cancel(Timer& timer);

  // Fires all timers due at `now`, earliest first, but not those set while doing so; returns how
  // many.
  size_t FireDue(Instant now);

  // The earliest deadline; Infinite() if there is none.
  Instant next() const { return heap_.empty() ? Instant::Infinite() : heap_.front().when; }
  size_t size() const { return heap_.size() + held_back_.size(); }

 private:
  struct Entry {
    Instant when;
    uint64_t number;
    Timer* timer;
    bool Before(const Entry& other) const {
      return when != other.when ? when < other.when : number < other.number;
    }
  };

  void Insert(const Entry& entry);
  void Place(size_t place, const Entry& entry);
  void SiftUp(size_t place, const Entry& entry);
  void SiftDown(size_t place, const Entry& entry);
  void RemoveAt(size_t place);

  std::vector<Entry> heap_;
  std::vector<Entry> held_back_;  // due, but set in the present FireDue
  uint64_t next_number_ = 0;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_TIMER_QUEUE_H_
