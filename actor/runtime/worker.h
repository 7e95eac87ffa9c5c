// The loop: takes what is ready, runs it, waits when nothing is.
//
// One loop for both worlds; the policy says who is next, the poller what happens outside. It runs
// on a fiber. When a handler waits, the loop goes on on another fiber, and the handler's stays
// behind with the rest of the loop's frames under it; woken, it resumes on the worker where it
// parked. Only activations that have not begun are moved between workers.

#ifndef REHEARSE_ACTOR_RUNTIME_WORKER_H_
#define REHEARSE_ACTOR_RUNTIME_WORKER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/env/observer.h"
#include "rehearse/actor/env/trace.h"
#include "rehearse/actor/runtime/bias.h"
#include "rehearse/actor/runtime/current.h"
#include "rehearse/actor/runtime/fiber.h"
#include "rehearse/actor/runtime/fifo_policy.h"
#include "rehearse/actor/runtime/magazine.h"
#include "rehearse/actor/runtime/poller.h"
#include "rehearse/actor/runtime/priority_lanes.h"
#include "rehearse/actor/runtime/ready_policy.h"
#include "rehearse/actor/runtime/stack_pool.h"
#include "rehearse/actor/runtime/stealing_policy.h"
#include "rehearse/actor/runtime/timer_queue.h"

namespace rehearse {

namespace internal {
void ScheduleFromOutside(Runnable& runnable);
}  // namespace internal

struct WorkerOptions {
  // What an activation, or a fiber that goes on, may do before others get their turn: each message
  // handled or sent costs one.
  int32_t quantum = 128;
  // Runnables between two looks at timers and the outside.
  int32_t poll_every = 64;
  // Idle fibers beyond this many give their memory back when the worker goes to sleep.
  size_t warm_fibers = 64;
  StackPoolOptions stacks = {};
  // How often a plain thread that waits for an actor, and the worker that answers it, look again
  // before they sleep: the answer, and the next question, are often a microsecond away, and to be
  // woken takes ten. 10 to 50 ns each; 0: they don't, as where all threads share one core. RunNode
  // sets it.
  int32_t spins = 0;
};

// All functions on the worker's own thread unless said otherwise.
class Worker {
 public:
  enum class Role : uint8_t {
    kAlone,      // the only one that takes what moves
    kShares,     // there are others, who may take activations from this one
    kOwnThread,  // runs nothing but what is bound to it; see own_threads.h
  };

  Worker(Scheduler& scheduler, int index, Role role, const WorkerOptions& options,
         std::unique_ptr<ReadyPolicy> policy, std::unique_ptr<Poller> poller);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Runs the loop on the calling thread until the scheduler is told to stop. May be called again.
  void Run();

  // `runnable` became ready here.
  void MakeReady(Runnable& runnable) {
    Queue(runnable);
    if (role_ == Role::kShares) WakeAnother();
  }

  // `fiber`, whose home this is, was woken. Any thread.
  void Resume(Fiber& fiber);

  // As MakeReady. Any thread.
  void Post(Runnable& runnable);

  // Leaves the running fiber, which has declared itself parked, until it is woken or `deadline`
  // passes. Who wakes it makes it ready on this worker, so it may do so before it is left.
  void Park(Instant deadline);

  // Lets others run; the running fiber is ready all the while.
  void Yield();

  // Leaves the running fiber for good: nobody will come back to it.
  [[noreturn]] void Abandon();

  // It polls, and sees a stop, before it runs anything else. On its own thread.
  void PollSoon() { until_poll_ = 0; }

  // The timebase, as read at the last poll.
  Instant now() const { return now_; }
  // The timebase, read afresh.
  Instant RefreshNow() { return now_ = poller_->Now(); }

  Fiber& current() { return *current_; }
  // Whether an exception is on its way through the running fiber.
  bool unwinding() const { return thread_exceptions_->uncaught != 0; }
  TimerQueue& timers() { return timers_; }
  Magazine& magazine() { return magazine_; }
  // Of its scheduler; what of it this worker has.
  Bias& bias() { return seat_.bias(); }
  const BiasSeat& seat() const { return seat_; }
  Poller& poller() { return *poller_; }
  ReadyPolicy& policy() { return *policy_; }
  Scheduler& scheduler() { return scheduler_; }
  // The domain of what belongs to no node.
  Domain& own_domain() { return root_.domain(); }
  int index() const { return index_; }
  Role role() const { return role_; }
  const WorkerOptions& options() const { return options_; }

  // What is left of the present quantum. May become negative.
  int32_t budget = 0;

  // Null in production. Not owned.
  TraceSink* trace = nullptr;

  // Null unless somebody wants to see what goes on here. Set while no loop runs. Not owned.
  Observer* observer = nullptr;

  // Whether there is a trace, or an observer: in one look.
  bool IsWatched() const {
    return (reinterpret_cast<uintptr_t>(trace) | reinterpret_cast<uintptr_t>(observer)) != 0;
  }

  // For a message that is sent here and now.
  SendStamp Stamp();

  size_t fibers() const { return fibers_.size(); }
  size_t idle_fibers() const { return idle_.size(); }
  const std::vector<Fiber*>& all_fibers() const { return fibers_; }

 private:
  friend class Fiber;
  friend class Scheduler;

  // What becomes of a fiber once the worker has left it.
  enum class After : uint8_t { kNothing, kIdle, kReady };

  // The policy's Push and Pop. The two that ship are known by their classes, so that they are
  // called directly, and the plain one in line: two of these are on the way of each message. While
  // there are priorities, neither way is that.
  void Queue(Runnable& runnable) {
    fifo_ != nullptr ? fifo_->Push(runnable) : QueueByPolicy(runnable);
  }
  Runnable* TakeReady() { return fifo_ != nullptr ? fifo_->Pop() : TakeByPolicy(); }
  void QueueByPolicy(Runnable& runnable);
  Runnable* TakeByPolicy();
  void BeginPriorities();

  static void Loop(Worker& worker);
  void WakeAnother();
  Runnable* Next();
  Runnable* Sleep();
  bool AwaitGuest();
  void WaitAsleep(bool watches);
  bool HasReasonToWake();
  void Poll();
  void DrainInbox();
  void ContinueOn(Fiber& fiber, After after);
  void AfterSwitch(Fiber& previous);
  Fiber& TakeIdle();
  Fiber& NewFiber();
  void TrimIdle();

  // What another worker was last seen to have ready when that was a single thing.
  struct Lone {
    uint64_t taken = 0;
    Instant since;
  };

  Scheduler& scheduler_;
  const int index_;
  const WorkerOptions options_;
  const std::unique_ptr<ReadyPolicy> policy_;
  FifoPolicy* fifo_;                      // policy_, if it is one, until there are priorities
  StealingPolicy* stealing_;              // the same
  std::unique_ptr<PriorityLanes> lanes_;  // once there are
  const std::unique_ptr<Poller> poller_;
  const Role role_;
  const std::atomic<bool>& watched_;  // the scheduler's

  Fiber* current_ = nullptr;
  After after_ = After::kNothing;
  int32_t until_poll_ = 0;
  Instant now_;
  ExceptionState* thread_exceptions_ = nullptr;
  int* thread_errno_ = nullptr;

  TimerQueue timers_;
  Magazine magazine_;
  StackPool stacks_;
  std::vector<Fiber*> idle_;  // the last to come is the first to go
  std::vector<Lone> lone_;    // by index
  size_t trimmed_ = 0;        // so many of them, from the front, have given their memory back
  std::vector<Fiber*> fibers_;
  Fiber root_;               // the thread's own stack
  uint64_t last_stamp_ = 0;  // with the bits that a stamp has no room for

  BiasSeat seat_;
  // Runnables from other threads, newest first.
  alignas(64) std::atomic<Runnable*> inbox_{nullptr};
};

// Makes `runnable` ready: on this thread's worker if that belongs to its scheduler, else through
// the scheduler. Any thread. It must be in no queue, and live until it ran.
inline void Schedule(Runnable& runnable) {
  Worker* const worker = CurrentWorker();
  if (worker != nullptr && &worker->scheduler() == &runnable.domain().scheduler()) [[likely]] {
    worker->MakeReady(runnable);
  } else {
    internal::ScheduleFromOutside(runnable);
  }
}

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_WORKER_H_
