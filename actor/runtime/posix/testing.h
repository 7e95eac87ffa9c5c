// Workers on threads, in real time, for tests of what only threads can break.

#ifndef REHEARSE_ACTOR_RUNTIME_POSIX_TESTING_H_
#define REHEARSE_ACTOR_RUNTIME_POSIX_TESTING_H_

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "rehearse/actor/runtime/posix/boot_clock.h"
#include "rehearse/actor/runtime/posix/condition_poller.h"
#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/actor/runtime/stealing_policy.h"

namespace rehearse {

// The parts that workers on threads ship with, when there are no sockets.
inline SchedulerOptions OptionsForThreads(int workers) {
  const auto make_poller = [clock = BootClock()] {
    return std::make_unique<ConditionPoller>(clock);
  };
  return {.workers = workers,
          .worker = {},
          .make_policy = [](int) { return std::make_unique<StealingPolicy>(); },
          .make_poller = [make_poller](int) { return make_poller(); },
          .make_own_poller = make_poller};
}

// Lets a plain thread wait until Arrive was called `count` times, by anyone.
class Countdown {
 public:
  explicit Countdown(int count) : left_(count) {}

  void Arrive() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (--left_ <= 0) over_.notify_all();
  }
  void Await() {
    std::unique_lock<std::mutex> lock(mutex_);
    over_.wait(lock, [this] { return left_ <= 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable over_;
  int left_;
};

// Waits until each worker has been back in its loop and has taken all that does not move between
// workers and was posted up to now: interruptions of stops and kills. A plain thread only.
inline void Drain(Scheduler& scheduler) {
  class Last final : public Runnable {
   public:
    Last(Domain& domain, Countdown& passed)
        : Runnable(RunnableKind::kPinned, domain), passed_(passed) {}
    void Run(Worker&) override {
      Countdown& passed = passed_;
      Unref();
      passed.Arrive();
    }

   private:
    Countdown& passed_;
  };
  const std::vector<Worker*> workers = scheduler.AllWorkers();
  Countdown passed(static_cast<int>(workers.size()));
  for (Worker* const worker : workers) worker->Post(*new Last(scheduler.own_domain(), passed));
  passed.Await();
}

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_POSIX_TESTING_H_
