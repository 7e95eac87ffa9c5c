#include "rehearse/actor/runtime/wait.h"

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/check.h"
#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/actor/runtime/strand.h"

namespace rehearse {

void Wait::TakeThreadWaiter() {
  thread_ = &scheduler_.thread_waiters().Take();
  token_ = thread_->Arm();
}

void Wait::GiveThreadWaiterBack() {
  Waitable::Wake(token_, WakeReason::kRefused);
  scheduler_.thread_waiters().GiveBack(*thread_);
}

WakeReason Wait::BlockThread(Instant deadline) {
  return thread_->Block(deadline - scheduler_.worker(0).poller().Now());
}

WakeReason Wait::ParkFiber(Instant deadline) {
  Fiber& fiber = worker_->current();
  Strand* const strand = fiber.strand();
  REHEARSE_CHECK(strand != nullptr, absl::StrCat(where_, " would park the worker's own loop"));
  if (worker_->unwinding()) return EndUnparked(WakeReason::kRefused);
  if (FaultPoint* const faults = strand->domain().fault_point(); faults != nullptr) {
    switch (faults->AtSuspension(strand->actor_id(), where_)) {
      case SuspensionFault::kNone: break;
      case SuspensionFault::kPanic: throw InjectedPanic(where_);
      case SuspensionFault::kKill: strand->RequestKill(); break;
    }
  }
  if (strand->stop_requested()) {
    strand->OnWaitWhileStopped(*worker_);
    return EndUnparked(WakeReason::kStopped);
  }
  fiber.where = where_;
  const WakeReason reason = worker_->Park(deadline);
  if (worker_->trace != nullptr) {
    worker_->trace->Record({.time = worker_->now(),
                            .node = strand->domain().id(),
                            .actor = strand->actor_id(),
                            .kind = TraceKind::kResume,
                            .what = where_,
                            .a = static_cast<uint64_t>(reason)});
  }
  strand->OnWaitOver(*worker_);
  if (reason == WakeReason::kStopped) strand->CountWait();
  return reason;
}

WakeReason Wait::EndUnparked(WakeReason reason) {
  Waitable::Wake(token_, reason);
  return worker_->current().reason();
}

absl::Status WaitStatus(WakeReason reason, absl::string_view what) {
  switch (reason) {
    case WakeReason::kNone:
    case WakeReason::kNotified: return absl::OkStatus();
    case WakeReason::kDeadline:
      return absl::DeadlineExceededError(absl::StrCat(what, ": the time is up"));
    case WakeReason::kStopped:
      return absl::CancelledError(absl::StrCat(what, ": the caller is being stopped"));
    case WakeReason::kRefused:
      return absl::FailedPreconditionError(absl::StrCat(
          what, ": called by a destructor while an exception unwinds; wait elsewhere"));
  }
  return absl::InternalError("an unknown reason to wake");
}

}  // namespace rehearse
