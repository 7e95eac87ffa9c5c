#include "rehearse/net/kademlia/questions.h"

#include <mutex>
#include <utility>

#include "rehearse/actor/runtime/wait.h"

namespace rehearse::net {

void Questions::Box::Put(Reply reply) {
  WaitToken waiting;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    arrived_.push_back(std::move(reply));
    waiting = std::exchange(waiting_, WaitToken());
  }
  Waitable::Wake(waiting, WakeReason::kNotified);
}

absl::StatusOr<Questions::Reply> Questions::Next(Instant deadline) {
  while (true) {
    Wait wait(scheduler_, "Lookup");
    {
      const std::lock_guard<SpinLock> lock(box_->lock_);
      if (!box_->arrived_.empty()) {
        Reply reply = std::move(box_->arrived_.front());
        box_->arrived_.pop_front();
        --open_;
        return reply;
      }
      box_->waiting_ = wait.token();
    }
    const WakeReason reason = wait.Until(deadline);
    if (reason != WakeReason::kNotified) return WaitStatus(reason, "kademlia lookup");
  }
}

}  // namespace rehearse::net
