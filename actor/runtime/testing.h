// A world for tests of the runtime: one worker on the test's thread, time that jumps when all wait.

#ifndef REHEARSE_ACTOR_RUNTIME_TESTING_H_
#define REHEARSE_ACTOR_RUNTIME_TESTING_H_

#include <memory>

#include "rehearse/actor/runtime/domain.h"
#include "rehearse/actor/runtime/fifo_policy.h"
#include "rehearse/actor/runtime/poller.h"
#include "rehearse/actor/runtime/scheduler.h"

namespace rehearse {

// Waiting moves time to the deadline; waiting for ever ends the run.
class JumpingPoller final : public Poller {
 public:
  Instant Now() override { return now_; }
  void Wait(Instant deadline) override {
    if (deadline.infinite()) {
      on_idle();
    } else if (deadline > now_) {
      now_ = deadline;
    }
  }
  void Wake() override {}

  std::function<void()> on_idle;

 private:
  Instant now_;
};

class TestScheduler {
 public:
  explicit TestScheduler(WorkerOptions worker = {})
      : scheduler_({.workers = 1,
                    .worker = worker,
                    .make_policy = [](int) { return std::make_unique<FifoPolicy>(); },
                    .make_poller =
                        [this](int) {
                          auto poller = std::make_unique<JumpingPoller>();
                          poller->on_idle = [this] { scheduler_.RequestStop(); };
                          return poller;
                        }}) {}

  // Runs until nothing is ready and no timer is set.
  void Run() { scheduler_.RunInline(); }

  Scheduler& scheduler() { return scheduler_; }
  Worker& worker() { return scheduler_.worker(0); }
  Domain& domain() { return domain_; }
  Instant now() { return worker().poller().Now(); }

 private:
  Scheduler scheduler_;
  Domain domain_{NodeId{1}, scheduler_};
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_TESTING_H_
