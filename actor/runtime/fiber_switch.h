// The jump from one fiber to another, inline where the worker leaves: each frame between the jump
// and the handler that waited is a return that the processor predicts wrongly.

#ifndef REHEARSE_ACTOR_RUNTIME_FIBER_SWITCH_H_
#define REHEARSE_ACTOR_RUNTIME_FIBER_SWITCH_H_

#include <boost/context/detail/fcontext.hpp>

#include "rehearse/actor/runtime/fiber.h"
#include "rehearse/actor/runtime/worker.h"

namespace rehearse {

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

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_FIBER_SWITCH_H_
