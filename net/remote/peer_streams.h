// How many streams each peer has here. All that a peer may pile up is bounded by the stream; so the
// number of its streams bounds it over all of them.

#ifndef REHEARSE_NET_REMOTE_PEER_STREAMS_H_
#define REHEARSE_NET_REMOTE_PEER_STREAMS_H_

#include <cstddef>
#include <map>
#include <mutex>
#include <string>

#include "absl/strings/string_view.h"
#include "rehearse/actor/runtime/spin_lock.h"

namespace rehearse::net {

// One node's; any thread.
class PeerStreams {
 public:
  // A node has two: messages, and lives; and while the next of either greets, one more.
  static constexpr size_t kMax = 16;

  // One more, of `peer`. False: it has as many as it may.
  bool Enter(absl::string_view peer) {
    const std::lock_guard<SpinLock> lock(lock_);
    size_t& count = counts_[std::string(peer)];
    if (count >= kMax) return false;
    ++count;
    return true;
  }
  void Leave(absl::string_view peer) {
    const std::lock_guard<SpinLock> lock(lock_);
    const auto at = counts_.find(peer);
    if (at != counts_.end() && --at->second == 0) counts_.erase(at);
  }

  size_t peers() const {
    const std::lock_guard<SpinLock> lock(lock_);
    return counts_.size();
  }

 private:
  mutable SpinLock lock_;
  std::map<std::string, size_t, std::less<>> counts_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_PEER_STREAMS_H_
