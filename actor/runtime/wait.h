// One suspension of the calling fiber, or of a plain thread.
//
//   Wait wait(scheduler, "Ask");
//   slot.Notify(wait.token());              // hand the token to whoever may end the wait, then
//   switch (wait.Until(deadline)) { … }     // park

#ifndef REHEARSE_ACTOR_RUNTIME_WAIT_H_
#define REHEARSE_ACTOR_RUNTIME_WAIT_H_

#include <stdexcept>
#include <string>

#include "absl/status/status.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/runtime/waitable.h"
#include "rehearse/actor/runtime/worker.h"

namespace rehearse {

class Scheduler;
class Strand;
class ThreadWaiter;

// What a fault plan throws into a handler at a suspension point. Not for catching: let it pass.
class InjectedPanic : public std::runtime_error {
 public:
  explicit InjectedPanic(const std::string& where)
      : std::runtime_error("injected panic at " + where) {}
};

class Wait {
 public:
  // `where` is a static string. `scheduler` is the one whose actors are waited for.
  Wait(Scheduler& scheduler, const char* where)
      : scheduler_(scheduler), worker_(WorkerOf(scheduler)), where_(where) {
    if (worker_ != nullptr) [[likely]] {
      token_ = worker_->current().Arm();
    } else {
      TakeThreadWaiter();
    }
  }
  // Whoever has the token still and comes later learns that nobody waits any more.
  ~Wait() {
    if (worker_ == nullptr) [[unlikely]] {
      GiveThreadWaiterBack();
    } else if (state_ != State::kOver) {
      End(WakeReason::kRefused);
    }
  }
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;

  // Valid for ever; ends this wait if it goes on.
  WaitToken token() const { return token_; }

  // Whose fiber waits; null for a plain thread.
  Worker* worker() const { return worker_; }

  // The same, for what is cheapest: as soon as the token is in other hands the caller calls Until,
  // and waits for nothing else before. At most once, before anybody has the token.
  WaitToken Commit() {
    if (worker_ != nullptr) [[likely]] {
      worker_->current().Commit();
      state_ = State::kCommitted;
    }
    return token_;
  }

  // What Waitable::Deliver left, once; null if the wait ended otherwise.
  // Ends the wait if it goes on.
  void* TakeDelivered() {
    if (worker_ != nullptr && state_ != State::kOver) End(WakeReason::kRefused);
    return token_.waitable->TakeDelivered();
  }

  // Parks until the token is woken, or `deadline` (the worker's timebase; on a plain thread counted
  // from the poller's present reading) passes.
  //   kStopped  the strand is being stopped. Give up and return kCancelled.
  //   kGivenUp  nobody waits for what an actor is handling. Give up and return kCancelled.
  //   kRefused  called by a destructor while an exception is on its way: nothing can wait there.
  // When the strand is killed it does not return: the stack unwinds from here. May throw
  // InjectedPanic.
  WakeReason Until(Instant deadline);
  // The same, inline; see park.h.
  WakeReason UntilInline(Instant deadline);

 private:
  enum class State : uint8_t {
    kArmed,      // woken, it learns so when it parks
    kCommitted,  // woken, it is in the ready queue, and has to be left to come out of it
    kOver,
  };

  // The calling thread's worker, if it is one of the scheduler's.
  static Worker* WorkerOf(Scheduler& scheduler) {
    Worker* const worker = CurrentWorker();
    return worker != nullptr && &worker->scheduler() == &scheduler ? worker : nullptr;
  }
  void TakeThreadWaiter();
  void GiveThreadWaiterBack();
  WakeReason BlockThread(Instant deadline);
  WakeReason ParkInline(Instant deadline);
  // Lets the fault plan have its way with this wait.
  void MeetFault(Strand& strand);
  void TraceResume(const Strand& strand, WakeReason reason);
  // Ends the wait unless it has been ended; whoever was first gave the reason.
  void End(WakeReason reason);

  Scheduler& scheduler_;
  Worker* const worker_;
  ThreadWaiter* thread_ = nullptr;
  State state_ = State::kArmed;
  const char* const where_;
  WaitToken token_;
};

// The status that a wait's caller returns, told by `what` ("Ask of Counter#3: "). OK for kNotified.
absl::Status WaitStatus(WakeReason reason, absl::string_view what);

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_WAIT_H_
