#include "rehearse/net/tcp/send_queue.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "rehearse/actor/env/check.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/net/codec/frame.h"

namespace rehearse::net {

using Lock = std::lock_guard<SpinLock>;

// A writer in the line. On its stack: it leaves the line however its wait ends.
class SendQueue::Parked {
 public:
  Parked(SendQueue& queue, std::string& frame) : frame(frame), queue_(queue) {}
  ~Parked() {
    const Lock lock(queue_.lock_);
    if (in_line) queue_.line_.erase(std::find(queue_.line_.begin(), queue_.line_.end(), this));
  }
  Parked(const Parked&) = delete;
  Parked& operator=(const Parked&) = delete;

  // What came of it; nothing yet: `token` will be woken.
  std::optional<absl::StatusOr<bool>> Stand(WaitToken new_token) {
    const Lock lock(queue_.lock_);
    if (admitted) return false;  // there is a flusher: it did it
    if (!queue_.closed_.ok()) return queue_.closed_;
    if (!in_line && queue_.line_.empty() && queue_.HasRoomFor(frame)) {
      return queue_.Append(std::move(frame));
    }
    if (!std::exchange(in_line, true)) queue_.line_.push_back(this);
    token = new_token;
    return std::nullopt;
  }

  bool WasAdmitted() {
    const Lock lock(queue_.lock_);
    return admitted;
  }

  std::string& frame;
  WaitToken token;
  bool in_line = false;
  bool admitted = false;

 private:
  SendQueue& queue_;
};

absl::StatusOr<bool> SendQueue::Push(std::string&& frame, Instant deadline) {
  Parked parked(*this, frame);
  while (true) {
    Wait wait(scheduler_, "Window");
    if (const auto answer = parked.Stand(wait.token())) return *answer;
    const bool passed = CurrentWorker() != nullptr && deadline <= CurrentWorker()->now();
    const WakeReason reason = passed ? WakeReason::kDeadline : wait.Until(deadline);
    if (reason == WakeReason::kNotified) continue;
    if (parked.WasAdmitted()) return false;
    return WaitStatus(reason, "wait for room in the window");
  }
}

bool SendQueue::Append(std::string frame) {
  held_ += CostOf(frame);
  frames_.push_back(std::move(frame));
  return !std::exchange(has_flusher_, true);
}

bool SendQueue::Take(std::string& chunk) {
  std::vector<WaitToken> admitted;
  {
    const Lock lock(lock_);
    held_ -= std::exchange(being_sent_, 0);
    AdmitParked(admitted);
    TakeBatch();
    has_flusher_ = !batch_.empty();
  }
  for (const WaitToken token : admitted) Waitable::Wake(token, WakeReason::kNotified);
  chunk.clear();
  for (const std::string& frame : batch_) {
    const absl::Status framed = AppendFrame(frame, chunk);
    REHEARSE_CHECK(framed.ok(), "a frame over the limit was queued");
  }
  return !std::exchange(batch_, {}).empty();
}

void SendQueue::AdmitParked(std::vector<WaitToken>& admitted) {
  while (!line_.empty() && HasRoomFor(line_.front()->frame)) {
    Parked& first = *line_.front();
    line_.pop_front();
    Append(std::move(first.frame));
    first.in_line = false;
    first.admitted = true;
    admitted.push_back(first.token);
  }
}

void SendQueue::TakeBatch() {
  while (!frames_.empty()) {
    const size_t cost = CostOf(frames_.front());
    if (!batch_.empty() && being_sent_ + cost > kChunkBytes) return;
    being_sent_ += cost;
    batch_.push_back(std::move(frames_.front()));
    frames_.pop_front();
  }
}

bool SendQueue::Close(const absl::Status& status) {
  std::vector<WaitToken> refused;
  bool has_flusher = false;
  {
    const Lock lock(lock_);
    if (closed_.ok()) closed_ = status;
    for (Parked* const parked : std::exchange(line_, {})) {
      parked->in_line = false;
      refused.push_back(parked->token);
    }
    has_flusher = has_flusher_;
  }
  for (const WaitToken token : refused) Waitable::Wake(token, WakeReason::kNotified);
  return has_flusher;
}

void SendQueue::Abort(const absl::Status& status) {
  std::deque<std::string> forgotten;
  {
    const Lock lock(lock_);
    for (const std::string& frame : frames_) held_ -= CostOf(frame);
    forgotten = std::exchange(frames_, {});
    if (closed_.ok()) closed_ = status;
  }
  Close(status);
}

}  // namespace rehearse::net
