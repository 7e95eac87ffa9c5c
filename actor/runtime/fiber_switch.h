// How a worker leaves one fiber for another. Inline where it leaves: each frame between the jump
// and the handler that waited is a return that the processor predicts wrongly.

#ifndef REHEARSE_ACTOR_RUNTIME_FIBER_SWITCH_H_
#define REHEARSE_ACTOR_RUNTIME_FIBER_SWITCH_H_

#include <boost/context/detail/fcontext.hpp>

#include "rehearse/actor/env/check.h"
#include "rehearse/actor/runtime/fiber.h"
#include "rehearse/actor/runtime/worker.h"

namespace rehearse {

// On the new stack: only now is the one that was left at rest, and may be used again.
[[gnu::always_inline]] inline void Worker::AfterSwitch(Fiber& previous) {
  switch (after_) {
    case After::kNothing: break;
    case After::kIdle: idle_.push_back(&previous); break;
    case After::kReady: Queue(previous); break;
  }
}

[[gnu::always_inline]] inline void Fiber::Arrive(void* context_of_previous, Fiber& previous) {
  previous.context_ = context_of_previous;
  sanitizer_.FinishSwitch(previous.sanitizer_);
  *home_->thread_exceptions_ = exceptions_;
  *home_->thread_errno_ = errno_;
  home_->AfterSwitch(previous);
}

[[gnu::always_inline]] inline void Fiber::SwitchTo(Fiber& to) {
  exceptions_ = *home_->thread_exceptions_;
  errno_ = *home_->thread_errno_;
  home_->current_ = &to;
  sanitizer_.StartSwitch(to.sanitizer_);
  const boost::context::detail::transfer_t from =
      boost::context::detail::jump_fcontext(to.context_, this);
  Arrive(from.fctx, *static_cast<Fiber*>(from.data));
}

[[gnu::always_inline]] inline void Worker::ContinueOn(Fiber& fiber, After after) {
  Fiber& left = *current_;
  after_ = after;
  left.SwitchTo(fiber);
}

[[gnu::always_inline]] inline Fiber& Worker::TakeIdle() {
  if (idle_.empty()) [[unlikely]] {
    return NewFiber();
  }
  Fiber& fiber = *idle_.back();
  idle_.pop_back();
  REHEARSE_CHECK(fiber.stack().intact(), "a fiber's stack overflowed: raise stack_bytes");
  if (trimmed_ > idle_.size()) trimmed_ = idle_.size();
  return fiber;
}

[[gnu::always_inline]] inline void Worker::Park(Instant deadline) {
  if (deadline.infinite()) [[likely]] {
    return ContinueOn(TakeIdle(), After::kNothing);
  }
  Fiber& fiber = *current_;
  timers_.Set(fiber.deadline_, deadline);
  ContinueOn(TakeIdle(), After::kNothing);
  timers_.Cancel(fiber.deadline_);
}

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_FIBER_SWITCH_H_
