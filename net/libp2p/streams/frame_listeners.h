// Where streams of frames come in, whatever transport carries them.

#ifndef REHEARSE_NET_LIBP2P_STREAMS_FRAME_LISTENERS_H_
#define REHEARSE_NET_LIBP2P_STREAMS_FRAME_LISTENERS_H_

#include <memory>
#include <mutex>
#include <vector>

#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/net/libp2p/streams/peer_stream.h"

namespace rehearse::net {

class FrameStreams {
 public:
  virtual ~FrameStreams() = default;
  virtual void Offer(std::unique_ptr<PeerStream> stream) = 0;
  // It takes no more.
  virtual bool closed() const = 0;
};

// All of a network's. Any thread.
class FrameListeners {
 public:
  void Add(const std::shared_ptr<FrameStreams>& listener) {
    const std::lock_guard<SpinLock> lock(lock_);
    std::erase_if(listeners_, [](const auto& kept) { return kept.expired(); });
    listeners_.push_back(listener);
  }

  // The first that takes some, for streams on a connection that was dialled here; null: none does.
  std::shared_ptr<FrameStreams> Any() const {
    const std::lock_guard<SpinLock> lock(lock_);
    for (const auto& kept : listeners_) {
      std::shared_ptr<FrameStreams> listener = kept.lock();
      if (listener != nullptr && !listener->closed()) return listener;
    }
    return nullptr;
  }

 private:
  mutable SpinLock lock_;
  std::vector<std::weak_ptr<FrameStreams>> listeners_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_STREAMS_FRAME_LISTENERS_H_
