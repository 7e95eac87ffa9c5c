// The frames that a connection has yet to send: bounded, first come first served.
//
// Writers put frames in; one flusher takes them out, several small ones at a time. A writer who
// finds no room parks in the line. The flusher moves frames from the line into the queue, in order,
// so that a newcomer never overtakes.

#ifndef REHEARSE_NET_TCP_SEND_QUEUE_H_
#define REHEARSE_NET_TCP_SEND_QUEUE_H_

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/actor/runtime/waitable.h"

namespace rehearse::net {

// On any fiber of the scheduler.
class SendQueue {
 public:
  // What a frame counts for besides its bytes.
  static constexpr size_t kFrameOverhead = 64;
  // About as much is sent at once.
  static constexpr size_t kChunkBytes = size_t{64} << 10;

  // Holds up to `bytes_max`, or a single frame that is larger.
  SendQueue(Scheduler& scheduler, size_t bytes_max)
      : scheduler_(scheduler), bytes_max_(bytes_max) {}

  // Puts in `frame`; parks while there is no room, until `deadline`, and not at all if that has
  // passed. True: nobody takes frames out; the caller sees to it that somebody does. After an
  // error the frame is as it was.
  //   the status of Close or Abort; kDeadlineExceeded, kCancelled, kFailedPrecondition
  absl::StatusOr<bool> Push(std::string&& frame, Instant deadline);

  // For the one flusher. Replaces `chunk` by the next frames, encoded, and counts those that it
  // took before as sent. False: there are none; whoever pushes next needs a new flusher.
  bool Take(std::string& chunk);

  // Takes no more: pushes, parked ones too, return `status`. Frames inside can still be taken.
  // Returns whether a flusher is at work. The first status stays.
  bool Close(const absl::Status& status);

  // As Close, and forgets the frames inside.
  void Abort(const absl::Status& status);

 private:
  class Parked;

  static size_t CostOf(const std::string& frame) { return frame.size() + kFrameOverhead; }
  bool HasRoomFor(const std::string& frame) const {
    return held_ == 0 || held_ + CostOf(frame) <= bytes_max_;
  }
  bool Append(std::string frame);
  void AdmitParked(std::vector<WaitToken>& admitted);
  void TakeBatch();

  Scheduler& scheduler_;
  const size_t bytes_max_;

  SpinLock lock_;
  std::deque<std::string> frames_;
  std::deque<Parked*> line_;
  size_t held_ = 0;        // the cost of `frames_` and of those being sent
  size_t being_sent_ = 0;  // their cost
  bool has_flusher_ = false;
  absl::Status closed_;

  std::vector<std::string> batch_;  // the flusher's
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_TCP_SEND_QUEUE_H_
