// Wait::Until for a fiber, inline: for the wait that lies on the way of each ask. Each frame
// between the jump and the handler that waits is a return that the processor predicts wrongly.

#ifndef REHEARSE_ACTOR_RUNTIME_PARK_H_
#define REHEARSE_ACTOR_RUNTIME_PARK_H_

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/check.h"
#include "rehearse/actor/runtime/fiber_switch.h"
#include "rehearse/actor/runtime/strand.h"
#include "rehearse/actor/runtime/wait.h"

namespace rehearse {

[[gnu::always_inline]] inline WakeReason Wait::ParkInline(Instant deadline) {
  Fiber& fiber = worker_->current();
  Strand* const strand = fiber.strand();
  REHEARSE_CHECK(strand != nullptr, absl::StrCat(where_, " would park the worker's own loop"));
  if (worker_->unwinding()) [[unlikely]] {
    End(WakeReason::kRefused);
    return fiber.reason();
  }
  if (strand->domain().fault_point() != nullptr) [[unlikely]] {
    MeetFault(*strand);
  }
  if (strand->stop_requested()) [[unlikely]] {
    End(WakeReason::kStopped);
    strand->OnWaitWhileStopped(*worker_);
    return fiber.reason();
  }
  fiber.where = where_;
  if (state_ == State::kCommitted || fiber.PublishParked()) worker_->Park(deadline);
  state_ = State::kOver;
  const WakeReason reason = fiber.reason();
  if (worker_->trace != nullptr) [[unlikely]] {
    TraceResume(*strand, reason);
  }
  strand->OnWaitOver(*worker_);
  if (reason == WakeReason::kStopped) strand->CountWait();
  return reason;
}

[[gnu::always_inline]] inline WakeReason Wait::UntilInline(Instant deadline) {
  return worker_ != nullptr ? ParkInline(deadline) : BlockThread(deadline);
}

}  // namespace rehearse

#endif  // REHEARSE_ACTOR_RUNTIME_PARK_H_
