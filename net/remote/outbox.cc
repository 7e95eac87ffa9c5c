#include "rehearse/net/remote/outbox.h"

#include <mutex>
#include <utility>

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
  WaitToken writer;
  {
    const std::lock_guard<SpinLock> lock(lock_);
    in_progress_ -= asks_over;
    if (closed_) return;
    ++counters_.held_answers;
    counters_.held_bytes += frame.size();
    bytes_ += frame.size();
    frames_.push_back(std::move(frame));
    writer = writer_;
  }
  Waitable::Wake(writer, WakeReason::kNotified);
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

void Outbox::WriteTo(Stream& stream) {
  while (true) {
    std::string frame;
    WaitToken reader;
    {
      const std::lock_guard<SpinLock> lock(lock_);
      if (closed_) return;
      frame = TakeFrame();
      if (HasRoom()) reader = std::exchange(reader_, {});
    }
    Waitable::Wake(reader, WakeReason::kNotified);
    if (frame.empty()) {
      if (!AwaitFrame()) return;
    } else if (!stream.Write(std::move(frame)).ok()) {
      return;
    }
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
    if (!frames_.empty()) return true;
    writer_ = wait.token();
  }
  return wait.Until(Instant::Infinite()) == WakeReason::kNotified;
}

// Empty if there is none. With the lock.
std::string Outbox::TakeFrame() {
  if (frames_.empty()) return {};
  std::string frame = std::move(frames_.front());
  frames_.pop_front();
  bytes_ -= frame.size();
  --counters_.held_answers;
  counters_.held_bytes -= frame.size();
  return frame;
}

}  // namespace rehearse::net
