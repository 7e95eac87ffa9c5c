// Time that moves when everybody waits, and what happens at each point of it.

#ifndef REHEARSE_SIM_WORLD_VIRTUAL_TIME_H_
#define REHEARSE_SIM_WORLD_VIRTUAL_TIME_H_

#include <cstdint>
#include <functional>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/runtime/poller.h"
#include "rehearse/actor/runtime/timer_queue.h"

namespace rehearse::sim {

// What a step costs in virtual time. Enough that a program that spins meets the run's end, little
// enough that it does not drown the latencies of a network.
inline constexpr int64_t kStepNanos = 100;

// Steps in a row without anybody waiting after which a run is stopped: a virtual second.
inline constexpr uint64_t kSpinStepsMax = 10000000;

// One world's. The outside world of the simulation is a queue of events in this time: frames that
// arrive, faults that begin.
class VirtualTime {
 public:
  Instant now() const { return now_; }

  // A runnable was taken.
  void OnStep() { now_ = Instant::FromNanos(now_.nanos() + kStepNanos); }

  // `event` happens at `when`. The event must stay, or be cancelled.
  void Schedule(Timer& event, Instant when) { events_.Set(event, when); }
  void Cancel(Timer& event) { events_.Cancel(event); }
  // The same for a function, once.
  void At(Instant when, absl::AnyInvocable<void()> happen);

  // What is due happens: at most steps, nothing.
  void RunDue() {
    if (events_.next() <= now_) events_.FireDue(now_);
  }
  Instant next() const { return events_.next(); }
  // Nothing is ready: on to `when`, if that is later.
  void AdvanceTo(Instant when) {
    if (when > now_) now_ = when;
  }

 private:
  Instant now_;
  TimerQueue events_;
};

// The simulated side of the Poller seam. Waiting moves time to the next event or deadline.
class SimPoller final : public Poller {
 public:
  explicit SimPoller(VirtualTime& time) : time_(time) {}

  Instant Now() override { return time_.now(); }
  void Wait(Instant deadline) override;
  void Wake() override {}

  // The run pauses at this point of time: `stop` is called.
  void set_limit(Instant limit) { limit_ = limit; }
  void set_stop(std::function<void()> stop) { stop_ = std::move(stop); }
  // Called when so many looks passed in which time moved by steps alone: somebody spins.
  void set_spinning(std::function<void(uint64_t looks)> spinning) {
    spinning_ = std::move(spinning);
  }
  // Called now and then, when time has moved by itself so many times.
  static constexpr uint64_t kMovesApart = 256;
  void set_now_and_then(std::function<void()> act) { now_and_then_ = std::move(act); }
  // Asked at each look; true pauses the run.
  void set_done(std::function<bool()> done) { done_ = std::move(done); }

 private:
  VirtualTime& time_;
  Instant limit_ = Instant::Infinite();
  std::function<void()> stop_;
  std::function<bool()> done_;
  std::function<void(uint64_t)> spinning_;
  std::function<void()> now_and_then_;
  uint64_t looks_ = 0;  // since time last moved by itself
  uint64_t moves_left_ = kMovesApart;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_WORLD_VIRTUAL_TIME_H_
