// Which stream from another node follows which.
//
// A session has one stream at a time. While its new one greets, the old one may still be read, and
// hold messages that wait for room. It ends before anything of the new one is taken, or what was
// sent first could arrive last.

#ifndef REHEARSE_NET_REMOTE_SUCCESSIONS_H_
#define REHEARSE_NET_REMOTE_SUCCESSIONS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "rehearse/actor/runtime/spin_lock.h"

namespace rehearse::net {

class Inbound;

// One node's; any thread.
class Successions {
 public:
  // `stream` is the session's from now on. The one before; null if there is none any more.
  std::shared_ptr<Inbound> Follow(uint64_t session, std::weak_ptr<Inbound> stream) {
    const std::lock_guard<SpinLock> lock(lock_);
    if (streams_.size() >= sweep_at_) {
      std::erase_if(streams_, [](const auto& entry) { return entry.second.expired(); });
      sweep_at_ = std::max(kSweepMin, 2 * streams_.size());
    }
    return std::exchange(streams_[session], std::move(stream)).lock();
  }

 private:
  static constexpr size_t kSweepMin = 64;

  SpinLock lock_;
  std::map<uint64_t, std::weak_ptr<Inbound>> streams_;
  size_t sweep_at_ = kSweepMin;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_SUCCESSIONS_H_
