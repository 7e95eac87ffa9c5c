// Which stream from another node follows which.
//
// A session has one stream at a time. While its new one greets, the old one may still be read, and
// hold messages that wait for room. It ends before anything of the new one is taken, or what was
// sent first could arrive last. So one whose greeting fails while it waits for that is followed as
// if it were the one before it.

#ifndef REHEARSE_NET_REMOTE_SUCCESSIONS_H_
#define REHEARSE_NET_REMOTE_SUCCESSIONS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "rehearse/actor/runtime/spin_lock.h"

namespace rehearse::net {

class Inbound;

// One node's; any thread. A session is known by its number, and by whose it is.
class Successions {
 public:
  using Key = std::pair<std::string, uint64_t>;

  // That wait for the ends of others, of one session. Whose are more tries too fast.
  static constexpr int kWaitingMax = 3;

  // `stream` is the session's from now on, and waits for `before`, null if there is none any more,
  // until Arrive or GiveUp. False: so many wait already, and nothing has changed.
  bool Follow(const Key& session, std::weak_ptr<Inbound> stream, std::shared_ptr<Inbound>& before) {
    const std::lock_guard<SpinLock> lock(lock_);
    if (streams_.size() >= sweep_at_) Sweep();
    Line& line = streams_[session];
    if (line.waiting >= kWaitingMax) return false;
    ++line.waiting;
    before = std::exchange(line.last, std::move(stream)).lock();
    return true;
  }

  // The session's stream of that number has ended, and so many of its messages are settled; see
  // arrivals.h. Kept until Sweep finds nothing else of the session.
  void Keep(const Key& session, uint64_t stream, uint64_t settled) {
    const std::lock_guard<SpinLock> lock(lock_);
    const auto at = streams_.find(session);
    if (at == streams_.end() || stream < at->second.stream) return;
    at->second.stream = stream;
    at->second.settled = settled;
  }
  // That of the last one; 0 and 0 if there was none.
  std::pair<uint64_t, uint64_t> Kept(const Key& session) {
    const std::lock_guard<SpinLock> lock(lock_);
    const auto at = streams_.find(session);
    if (at == streams_.end()) return {0, 0};
    return {at->second.stream, at->second.settled};
  }

  // It waits no more: the one before has ended.
  void Arrive(const Key& session) { Leave(session); }

  // It waits no more, though `before` goes on: whoever follows it now follows that. Nothing if
  // another has followed it already; that one asks it.
  void GiveUp(const Key& session, const Inbound* stream, const std::shared_ptr<Inbound>& before) {
    const std::lock_guard<SpinLock> lock(lock_);
    Line& line = streams_[session];
    --line.waiting;
    if (line.last.lock().get() == stream) line.last = before;
  }

 private:
  struct Line {
    std::weak_ptr<Inbound> last;
    int waiting = 0;
    uint64_t stream = 0;   // the last that brought messages, of those that have ended
    uint64_t settled = 0;  // of these
  };

  void Leave(const Key& session) {
    const std::lock_guard<SpinLock> lock(lock_);
    --streams_[session].waiting;
  }
  void Sweep() {
    std::erase_if(streams_, [](const auto& entry) {
      return entry.second.waiting == 0 && entry.second.last.expired();
    });
    sweep_at_ = std::max(kSweepMin, 2 * streams_.size());
  }

  static constexpr size_t kSweepMin = 64;

  SpinLock lock_;
  std::map<Key, Line> streams_;
  size_t sweep_at_ = kSweepMin;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_SUCCESSIONS_H_
