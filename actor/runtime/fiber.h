// One stack on which a worker's loop runs, and which it leaves behind when a handler waits.
//
// A fiber belongs to no actor: it is borrowed. The record lies at the top of its own stack.

#ifndef REHEARSE_ACTOR_RUNTIME_FIBER_H_
#define REHEARSE_ACTOR_RUNTIME_FIBER_H_

#include <atomic>
#include <cstdint>
#include <exception>

#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/env/platform.h"
#include "rehearse/actor/runtime/exception_state.h"
#include "rehearse/actor/runtime/runnable.h"
#include "rehearse/actor/runtime/sanitizer.h"
#include "rehearse/actor/runtime/stack_pool.h"
#include "rehearse/actor/runtime/timer_queue.h"
#include "rehearse/actor/runtime/waitable.h"

namespace rehearse {

class Strand;
class Worker;

class Fiber final : public Runnable, public Waitable {
 public:
  // A record for the stack that a plain thread came with; it can be left and come back to, no more.
  Fiber(Worker& home, Domain& domain);

  // A fiber on `stack`, which runs `entry` at its first resumption. `entry` never returns.
  static Fiber& Create(const Stack& stack, Worker& home, Domain& domain, void (*entry)(Worker&));

  void Run(Worker&) override {}  // a fiber is resumed, not run

  Worker& home() const { return *home_; }
  const Stack& stack() const { return stack_; }
  // Where its saved registers are, while it is not running. The layout is Boost.Context's.
  const void* saved_context() const { return context_; }

  // Whose code is on the stack; null if nobody's.
  Strand* strand() const { return strand_; }
  void Bind(Strand* strand, Domain& domain) {
    strand_ = strand;
    set_domain(domain);
  }

  // What it waits for, as a static string, and until when; for traces and debuggers.
  const char* where = nullptr;

  // What its strand's code is busy with: an actor's envelope.
  void* handling = nullptr;

  // Whom its strand's code waits for, so that it can't go on before that one does: an actor's cell.
  void* waits_for = nullptr;
  // The same, of an actor of another node: a RemoteWait (router.h).
  const void* waits_afar = nullptr;

  // The generation of its wait for an answer that somebody else than whom it waits for has promised
  // now, with several workers. Any thread.
  std::atomic<uint32_t> handed_on{0};

  // The exception that unwinds this fiber by force; see unwind.h.
  void* unwinding = nullptr;
  // What left its strand's code, until somebody takes it.
  std::exception_ptr thrown;

 private:
  friend class Wait;
  friend class Worker;

  class DeadlineTimer final : public Timer {
   public:
    explicit DeadlineTimer(Fiber& fiber) : fiber_(fiber) {}
    void Fire() override { Waitable::Wake(fiber_.token(), WakeReason::kDeadline); }

   private:
    Fiber& fiber_;
  };

  void OnWoken() override;

  // Leaves this fiber, which is running, for `to`. Returns when somebody comes back.
  void SwitchTo(Fiber& to);
  // First thing on the fiber that was come to.
  void Arrive(void* context_of_previous, Fiber& previous);

  void* context_ = nullptr;
  ExceptionState exceptions_;
  int errno_ = 0;
  Strand* strand_ = nullptr;
  Worker* home_;
  void (*entry_)(Worker&) = nullptr;
  Stack stack_;
  DeadlineTimer deadline_{*this};
  [[no_unique_address]] SanitizerState sanitizer_;
};

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_FIBER_H_
