#include "rehearse/net/membership/gossip_link.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/actor/runtime/wait.h"

namespace rehearse::net {

using Guard = std::lock_guard<SpinLock>;

void GossipLink::Send(std::string frame, Instant now) {
  WaitToken writer;
  {
    const Guard lock(lock_);
    if (closed_) return;
    last_used_ = now;
    unanswered_since_ = std::min(unanswered_since_, now);
    if (frames_.size() == kFramesMax) frames_.pop_front();
    frames_.push_back(std::move(frame));
    writer = std::exchange(writer_, {});
    if (!std::exchange(running_, true)) {
      Task::Start(parts_.node, absl::StrCat("gossip with ", name_.empty() ? address_ : name_),
                  [self = shared_from_this()] { self->Run(); })
          .Unref();
    }
  }
  Waitable::Wake(writer, WakeReason::kNotified);
}

void GossipLink::Close() {
  WaitToken writer;
  std::shared_ptr<Stream> stream;
  {
    const Guard lock(lock_);
    if (std::exchange(closed_, true)) return;
    frames_.clear();
    stream = stream_;
    writer = std::exchange(writer_, {});
  }
  if (stream != nullptr) stream->Close();
  Waitable::Wake(writer, WakeReason::kNotified);
  parts_.on_end(*this);
}

Instant GossipLink::unanswered_since() const {
  const Guard lock(lock_);
  return unanswered_since_;
}

Instant GossipLink::last_used() const {
  const Guard lock(lock_);
  return last_used_;
}

// --- Its tasks.

void GossipLink::Run() {
  if (Open().ok()) Write();
  Close();
}

absl::Status GossipLink::Open() {
  REHEARSE_ASSIGN_OR_RETURN(LaneStream opened,
                            parts_.lanes.Open(Lane::kGossip, address_, name_,
                                              parts_.node.DeadlineIn(parts_.dial_timeout)));
  {
    const Guard lock(lock_);
    if (closed_) return absl::CancelledError("closed while it was opened");
    stream_ = std::move(opened.stream);
  }
  Task::Start(parts_.node, absl::StrCat("gossip of ", opened.peer.node),
              [self = shared_from_this()] { self->Read(); })
      .Unref();
  return absl::OkStatus();
}

void GossipLink::Write() {
  std::string frame;
  while (TakeFrame(frame)) {
    if (!stream_->Write(std::move(frame), parts_.node.DeadlineIn(kWriteTimeout)).ok()) return;
  }
}

// Parks until there is one. False: the link has ended.
bool GossipLink::TakeFrame(std::string& frame) {
  while (true) {
    Wait wait(parts_.node.scheduler(), "gossip to write");
    {
      const Guard lock(lock_);
      if (closed_) return false;
      if (!frames_.empty()) {
        frame = std::move(frames_.front());
        frames_.pop_front();
        return true;
      }
      writer_ = wait.token();
    }
    if (wait.Until(Instant::Infinite()) != WakeReason::kNotified) return false;
  }
}

void GossipLink::Read() {
  while (true) {
    const absl::StatusOr<std::string> frame = stream_->Read();
    if (!frame.ok()) break;
    {
      const Guard lock(lock_);
      unanswered_since_ = Instant::Infinite();
    }
    const absl::Status status = parts_.on_frame(*frame);
    if (status.ok()) continue;
    parts_.node.log().Write(
        Severity::kWarning,
        absl::StrCat("gossip with ", address_, " ended: ", status.message().substr(0, 256)));
    break;
  }
  Close();
}

}  // namespace rehearse::net
