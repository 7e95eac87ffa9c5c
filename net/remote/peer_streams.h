// Which streams each peer has here. All that a peer may pile up is bounded by the stream; so the
// number of its streams bounds it over all of them.

#ifndef REHEARSE_NET_REMOTE_PEER_STREAMS_H_
#define REHEARSE_NET_REMOTE_PEER_STREAMS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "rehearse/actor/runtime/spin_lock.h"

namespace rehearse::net {

// One node's; any thread.
class PeerStreams {
 public:
  // A node has two: messages, and lives; and while the next of either greets, one more.
  static constexpr size_t kMax = 16;

  // Takes the place of a stream back: its peer has gone, and perhaps without a word.
  using Close = std::function<void()>;

  // One more of `peer`, in its life `incarnation`; returns its place, for Leave. A life that greets
  // is proof that those before it are over: their streams have no place any more, and are closed.
  // 0: the peer has as many as it may.
  uint64_t Enter(absl::string_view peer, uint64_t incarnation, Close close) {
    std::vector<Stream> past;
    uint64_t place = 0;
    {
      const std::lock_guard<SpinLock> lock(lock_);
      std::vector<Stream>& streams = streams_[std::string(peer)];
      std::erase_if(streams, [&](Stream& stream) {
        if (stream.incarnation >= incarnation) return false;
        past.push_back(std::move(stream));
        return true;
      });
      if (streams.size() < kMax) {
        place = ++last_place_;
        streams.push_back({place, incarnation, std::move(close)});
      }
    }
    for (const Stream& stream : past) stream.close();
    return place;
  }
  // Nothing if it has none any more.
  void Leave(absl::string_view peer, uint64_t place) {
    const std::lock_guard<SpinLock> lock(lock_);
    const auto at = streams_.find(peer);
    if (at == streams_.end()) return;
    std::erase_if(at->second, [&](const Stream& stream) { return stream.place == place; });
    if (at->second.empty()) streams_.erase(at);
  }

  size_t peers() const {
    const std::lock_guard<SpinLock> lock(lock_);
    return streams_.size();
  }

 private:
  struct Stream {
    uint64_t place = 0;
    uint64_t incarnation = 0;
    Close close;
  };

  mutable SpinLock lock_;
  std::map<std::string, std::vector<Stream>, std::less<>> streams_;
  uint64_t last_place_ = 0;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_PEER_STREAMS_H_
