#include "rehearse/actor/runtime/domain.h"

#include "rehearse/actor/runtime/runnable.h"
#include "rehearse/actor/runtime/worker.h"

namespace rehearse {

void Domain::Pause() {
  if (state_ == State::kRunning) state_ = State::kPaused;
}

void Domain::Resume() {
  if (state_ != State::kPaused) return;
  state_ = State::kRunning;
  Runnable* runnable = held_first_;
  held_first_ = held_last_ = nullptr;
  while (runnable != nullptr) {
    Runnable* const next = runnable->next;
    Schedule(*runnable);
    runnable = next;
  }
}

bool Domain::OnException(const std::exception_ptr&) { return false; }

void Domain::Complain(absl::string_view) {}

void Domain::Hold(Runnable& runnable) {
  if (state_ == State::kFenced) return;
  runnable.next = nullptr;
  (held_last_ == nullptr ? held_first_ : held_last_->next) = &runnable;
  held_last_ = &runnable;
}

}  // namespace rehearse
