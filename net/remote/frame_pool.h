// The memory of frames that were read, for those that are written next.
//
// A node mostly reads as many frames as it writes, since asks are answered.

#ifndef REHEARSE_NET_REMOTE_FRAME_POOL_H_
#define REHEARSE_NET_REMOTE_FRAME_POOL_H_

#include <cstddef>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "rehearse/actor/runtime/spin_lock.h"

namespace rehearse::net {

// One node's; any thread.
class FramePool {
 public:
  static constexpr size_t kFramesMax = 64;
  static constexpr size_t kKeptBytesMin = 64;  // a smaller one, or a larger, is of no use
  static constexpr size_t kKeptBytesMax = 4096;

  // Empty, with some memory if there is any.
  std::string Take() {
    const std::lock_guard<SpinLock> lock(lock_);
    if (frames_.empty()) return {};
    std::string frame = std::move(frames_.back());
    frames_.pop_back();
    return frame;
  }

  void GiveBack(std::string&& frame) {
    if (frame.capacity() < kKeptBytesMin || frame.capacity() > kKeptBytesMax) return;
    frame.clear();
    const std::lock_guard<SpinLock> lock(lock_);
    if (frames_.size() < kFramesMax) frames_.push_back(std::move(frame));
  }

 private:
  SpinLock lock_;
  std::vector<std::string> frames_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_FRAME_POOL_H_
