#include "rehearse/actor/blocking.h"

#include "rehearse/actor/actor.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/current.h"
#include "rehearse/actor/runtime/side_threads.h"
#include "rehearse/actor/runtime/wait.h"

namespace rehearse::internal {

void SideJob::Run() {
  try {
    Call();
  } catch (...) {
    thrown_ = std::current_exception();
  }
}

void SideJob::RethrowIfThrown() const {
  if (thrown_ != nullptr) std::rethrow_exception(thrown_);
}

absl::Status RunAside(const std::shared_ptr<SideJob>& job, absl::Duration timeout) {
  absl::Status status;
  SideThreads* const threads = CurrentWorker() == nullptr ? nullptr : CurrentNode().side_threads();
  if (threads != nullptr) {
    Node& node = CurrentNode();
    Wait wait(node.scheduler(), "RunBlocking");
    threads->Submit([job, token = wait.token()] {
      job->Run();
      Waitable::Wake(token, WakeReason::kNotified);
    });
    status = WaitStatus(wait.Until(node.DeadlineIn(timeout)), "blocking call");
  } else {
    job->Run();
    if (CurrentWorker() != nullptr) status = Sleep(absl::ZeroDuration());
  }
  if (!status.ok()) return FrameworkError(std::move(status), Effect::kMaybe);
  job->RethrowIfThrown();
  return status;
}

}  // namespace rehearse::internal
