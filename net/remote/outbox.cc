#include "rehearse/net/remote/outbox.h"

#include <mutex>
#include <utility>

#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/actor/runtime/wait.h"

namespace rehearse::net {

void Outbox::BeginAsk() {
  const std::lock_guard<SpinLock> lock(lock_);
  ++in_progress_;
}

void Outbox::EndAsk() {
  const std::lock_guard<SpinLock> lock(lock_);
  --in_progress_;
}

void Outbox::Hold(size_t bytes) {
  const std::lock_guard<SpinLock> lock(lock_);
  ++held_;
  held_bytes_ += bytes;
}

void Outbox::LetGo(size_t bytes) {
  WaitToken reader;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    --held_;
    held_bytes_ -= bytes;
    if (HasRoom()) reader = std::exchange(reader_, {});
  }
  Waitable::Wake(reader, WakeReason::kNotified);
}

void Outbox::Add(std::string frame, size_t asks_over) {
  bool at_once = false;
  WaitToken writer;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    in_progress_ -= asks_over;
    if (closed_) return;
    at_once = frames_.empty() && !is_writing_ && IsOnFiberOfNode();
    if (at_once) {
      is_writing_ = true;
    } else {
      Count(frame);
      frames_.push_back(std::move(frame));
      writer = writer_;
    }
  }
  if (at_once) return WriteAtOnce(frame);
  Waitable::Wake(writer, WakeReason::kNotified);
}

// An answer may come from any thread, and streams are for fibers.
bool Outbox::IsOnFiberOfNode() const {
  Worker* const worker = CurrentWorker();
  return worker != nullptr && &worker->scheduler() == &node_.scheduler();
}

// Whoever calls it has set is_writing_. What finds no room is the writing task's, which meets the
// same error if there is one.
void Outbox::WriteAtOnce(std::string& frame) {
  const absl::Status written = stream_->Write(std::move(frame), Instant());
  WaitToken reader;
  WaitToken writer;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    is_writing_ = false;
    if (closed_) return;
    if (!written.ok()) {
      Count(frame);
      frames_.push_front(std::move(frame));
    }
    if (!frames_.empty()) writer = writer_;
    if (HasRoom()) reader = std::exchange(reader_, {});
  }
  Waitable::Wake(reader, WakeReason::kNotified);
  Waitable::Wake(writer, WakeReason::kNotified);
}

void Outbox::Count(const std::string& frame) {
  ++counters_.held_answers;
  counters_.held_bytes += frame.size();
  bytes_ += frame.size();
}

absl::Status Outbox::AwaitRoom() {
  {
    const std::lock_guard<SpinLock> lock(lock_);
    if (closed_) return absl::UnavailableError("the stream was closed here");
    if (HasRoom()) return absl::OkStatus();
  }
  ++counters_.held_up;
  while (true) {
    Wait wait(node_.scheduler(), "answers taken");
    {
      const std::lock_guard<SpinLock> lock(lock_);
      if (closed_) return absl::UnavailableError("the stream was closed here");
      if (HasRoom()) return absl::OkStatus();
      reader_ = wait.token();
    }
    const WakeReason reason = wait.Until(Instant::Infinite());
    if (reason != WakeReason::kNotified) return WaitStatus(reason, "wait for room for answers");
  }
}

void Outbox::WriteQueued() {
  while (true) {
    std::string frame;
    WaitToken reader;
    {
      const std::lock_guard<SpinLock> lock(lock_);
      if (closed_) return;
      if (!is_writing_ && !frames_.empty()) {
        frame = TakeFrame();
        is_writing_ = true;
      }
      if (HasRoom()) reader = std::exchange(reader_, {});
    }
    Waitable::Wake(reader, WakeReason::kNotified);
    if (frame.empty()) {
      if (!AwaitFrame()) return;
      continue;
    }
    if (!stream_->Write(std::move(frame)).ok()) return;
    const std::lock_guard<SpinLock> lock(lock_);
    is_writing_ = false;
  }
}

void Outbox::Close() {
  WaitToken reader;
  WaitToken writer;
  std::deque<std::string> forgotten;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    closed_ = true;
    counters_.held_answers -= frames_.size();
    counters_.held_bytes -= std::exchange(bytes_, 0);
    forgotten.swap(frames_);
    reader = std::exchange(reader_, {});
    writer = writer_;
  }
  Waitable::Wake(reader, WakeReason::kNotified);
  Waitable::Wake(writer, WakeReason::kNotified);
}

// False if none will come.
bool Outbox::AwaitFrame() {
  Wait wait(node_.scheduler(), "answers");
  {
    const std::lock_guard<SpinLock> lock(lock_);
    if (closed_) return false;
    if (!frames_.empty() && !is_writing_) return true;
    writer_ = wait.token();
  }
  return wait.Until(Instant::Infinite()) == WakeReason::kNotified;
}

// With the lock; there is one.
std::string Outbox::TakeFrame() {
  std::string frame = std::move(frames_.front());
  frames_.pop_front();
  bytes_ -= frame.size();
  --counters_.held_answers;
  counters_.held_bytes -= frame.size();
  return frame;
}

}  // namespace rehearse::net
