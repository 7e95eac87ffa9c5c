#include "rehearse/actor/runtime/wait.h"

#include "absl/strings/str_cat.h"
#include "rehearse/actor/runtime/park.h"
#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/actor/runtime/strand.h"
#include "rehearse/actor/runtime/thread_waiter.h"

namespace rehearse {

void Wait::TakeThreadWaiter() {
  scheduler_.ExpectGuest();  // before it sends: the answer may be there at once
  thread_ = &scheduler_.thread_waiters().Take();
  token_ = thread_->Arm();
}

void Wait::GiveThreadWaiterBack() {
  Waitable::Wake(token_, WakeReason::kRefused);
  scheduler_.thread_waiters().GiveBack(*thread_);
}

WakeReason Wait::BlockThread(Instant deadline) {
  Worker& any = scheduler_.worker(0);
  return thread_->Block(deadline - any.poller().Now(), any.options().spins);
}

WakeReason Wait::Until(Instant deadline) { return UntilInline(deadline); }

void Wait::MeetFault(Strand& strand) {
  switch (strand.domain().fault_point()->AtSuspension(strand.actor_id(), where_)) {
    case SuspensionFault::kNone: break;
    case SuspensionFault::kPanic: throw InjectedPanic(where_);
    case SuspensionFault::kKill: strand.RequestKill(); break;
  }
}

void Wait::TraceResume(const Strand& strand, WakeReason reason) {
  worker_->trace->Record({.time = worker_->now(),
                          .node = strand.domain().id(),
                          .actor = strand.actor_id(),
                          .kind = TraceKind::kResume,
                          .what = where_,
                          .a = static_cast<uint64_t>(reason)});
}

void Wait::End(WakeReason reason) {
  const bool woken = !worker_->current().Withdraw(token_.generation, reason);
  const bool made_ready = woken && state_ == State::kCommitted;
  state_ = State::kOver;
  if (made_ready) worker_->Park(Instant::Infinite());
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
    case WakeReason::kGivenUp:
      return absl::CancelledError(
          absl::StrCat(what, ": who asked for what the caller does waits no more"));
  }
  return absl::InternalError("an unknown reason to wake");
}

}  // namespace rehearse
