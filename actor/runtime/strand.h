// Code that runs one piece at a time on borrowed fibers, may wait, and can be stopped and killed:
// an actor, or a task.

#ifndef REHEARSE_ACTOR_RUNTIME_STRAND_H_
#define REHEARSE_ACTOR_RUNTIME_STRAND_H_

#include <atomic>
#include <string>

#include "absl/strings/string_view.h"
#include "rehearse/actor/env/ids.h"
#include "rehearse/actor/runtime/runnable.h"
#include "rehearse/actor/runtime/unwind.h"
#include "rehearse/actor/runtime/worker.h"

namespace rehearse {

class Strand : public Runnable {
 public:
  // `actor`: none for what is no actor.
  Strand(const RunnableTraits& traits, Domain& domain, ActorId actor = {})
      : Runnable(traits, domain), actor_id_(actor) {}
  Strand(RunnableKind kind, Domain& domain) : Strand(RunnableTraits{.kind = kind}, domain) {}

  // Asks the code to end: the wait that it is in, or its first from now on, returns kCancelled;
  // each later one lets others run and returns kCancelled too, and from the kPatience-th on the
  // stack is unwound by force. Any thread.
  void RequestStop() {
    if (RaiseStop()) Poke();
  }

  // Ends the code at its present or next wait: its stack is unwound, and nothing of it can prevent
  // that but a frame that can't be unwound. Any thread.
  void RequestKill() {
    if (RaiseKill()) Poke();
  }

  bool stop_requested() const { return stop_.load(std::memory_order_acquire) >= kStopping; }
  bool kill_requested() const { return stop_.load(std::memory_order_acquire) == kKilled; }

  // Whether code of this strand is on a stack, running or parked. Its worker's thread only.
  bool busy() const { return fiber_.load(std::memory_order_relaxed) != nullptr; }

  // Who this is, for traces and logs: "Counter#12".
  virtual std::string Describe() const = 0;
  ActorId actor_id() const { return actor_id_; }

 protected:
  static constexpr uint8_t kPatience = 8;

  // The flag alone, for a strand that is not busy, and the rest. True if it was raised just now.
  bool RaiseStop() { return Raise(kStopping); }
  bool RaiseKill() { return Raise(kKilled); }
  // Interrupts the wait that the strand may be in.
  void Poke();

  // Around each piece of code: lends it the worker's fiber.
  void Enter(Worker& worker) {
    worker.current().Bind(this, domain());
    // In this order, so that a worker that sees the fiber sees that it is not its own.
    home_.store(static_cast<uint8_t>(worker.index()), std::memory_order_relaxed);
    fiber_.store(&worker.current(), std::memory_order_release);
  }
  void Leave(Worker& worker) {
    worker.current().Bind(nullptr, worker.own_domain());
    fiber_.store(nullptr, std::memory_order_release);
  }

  // The same, if that is one of `worker`'s. On that worker.
  Fiber* FiberOn(const Worker& worker) const {
    Fiber* const fiber = fiber_.load(std::memory_order_acquire);
    return home_.load(std::memory_order_relaxed) == worker.index() ? fiber : nullptr;
  }

  // The only worker that it will run on, if it may not move. Before it runs.
  void SetHome(int worker) { home_.store(static_cast<uint8_t>(worker), std::memory_order_relaxed); }

  // The fiber that the strand's code is on; null if none.
  Fiber* fiber() const { return fiber_.load(std::memory_order_acquire); }

  // Forgets a stop or kill, so that a last hook may wait. Whether it was a stop. The strand's own
  // code only.
  bool Pardon() {
    waits_after_stop_ = 0;
    return stop_.exchange(kRunning, std::memory_order_seq_cst) == kStopping;
  }

  // It is to be killed, but `barrier` (see FindUnwindBarrier) is in the way. Its stack is left
  // parked for ever after this returns. On the strand's fiber.
  virtual void OnUnkillable(absl::string_view barrier) = 0;

 private:
  friend class Wait;
  class Interruption;

  enum : uint8_t { kRunning, kStopping, kKilled };

  bool Raise(uint8_t to);
  // Wakes the handler if it is parked on `worker`. On that worker.
  void InterruptOn(Worker& worker);
  // At each wait of a stopped strand. Does not return when its patience is over, or when killed.
  void OnWaitWhileStopped(Worker& worker);
  void OnWaitOver(Worker& worker) {
    if (kill_requested()) [[unlikely]] {
      Die(worker);
    }
  }
  void CountWait() { ++waits_after_stop_; }
  [[noreturn]] void Die(Worker& worker);

  std::atomic<Fiber*> fiber_{nullptr};
  const ActorId actor_id_;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_STRAND_H_
