// Which connection to a peer is used, where there are two.
//
// Two nodes may dial each other at the same time, and a peer that has lost its end dials again.
// Both sides keep the same one without a word: of two that the same side has dialled, the younger,
// since whoever dials again misses the older; else that of the side with the smaller id. The other
// is found no more, and goes as any that nobody uses: not at once, since the peer may be about to
// use it.

#ifndef REHEARSE_NET_LIBP2P_PEER_CONNECTIONS_H_
#define REHEARSE_NET_LIBP2P_PEER_CONNECTIONS_H_

#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/net/identity/peer_id.h"

namespace rehearse::net {

// Connection has over(). It is the owner's; here it is only known. Any thread.
template <typename Connection>
class PeerConnections {
 public:
  explicit PeerConnections(PeerId own) : own_(std::move(own)) {}

  // One that stands. Returns the one to use from now on.
  std::shared_ptr<Connection> Add(const PeerId& peer, std::shared_ptr<Connection> connection,
                                  bool dialed_here) {
    if (peer == own_) return connection;  // both ends are here
    const std::lock_guard<SpinLock> lock(lock_);
    std::erase_if(kept_, [](const auto& entry) { return entry.second.connection.expired(); });
    Kept& kept = kept_[peer];
    std::shared_ptr<Connection> standing = kept.connection.lock();
    if (standing != nullptr && !standing->over() && !Yields(peer, kept.dialed_here, dialed_here)) {
      return standing;
    }
    kept = {connection, dialed_here};
    return connection;
  }

  // Null: there is none that stands.
  std::shared_ptr<Connection> Find(const PeerId& peer) const {
    const std::lock_guard<SpinLock> lock(lock_);
    const auto found = kept_.find(peer);
    if (found == kept_.end()) return nullptr;
    std::shared_ptr<Connection> connection = found->second.connection.lock();
    return connection == nullptr || connection->over() ? nullptr : connection;
  }

  // This one is not to be found any more.
  void Forget(const PeerId& peer, const Connection& connection) {
    const std::lock_guard<SpinLock> lock(lock_);
    const auto found = kept_.find(peer);
    if (found != kept_.end() && found->second.connection.lock().get() == &connection) {
      kept_.erase(found);
    }
  }

  // In the order of their ids.
  std::vector<std::shared_ptr<Connection>> All() const {
    std::vector<std::shared_ptr<Connection>> all;
    const std::lock_guard<SpinLock> lock(lock_);
    for (const auto& [peer, kept] : kept_) {
      std::shared_ptr<Connection> connection = kept.connection.lock();
      if (connection != nullptr && !connection->over()) all.push_back(std::move(connection));
    }
    return all;
  }

 private:
  struct Kept {
    std::weak_ptr<Connection> connection;
    bool dialed_here = false;
  };

  // Whether the one that is kept gives way to a newer one.
  bool Yields(const PeerId& peer, bool kept_dialed_here, bool newer_dialed_here) const {
    return kept_dialed_here == newer_dialed_here || newer_dialed_here == (own_ < peer);
  }

  const PeerId own_;
  mutable SpinLock lock_;
  std::map<PeerId, Kept> kept_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_LIBP2P_PEER_CONNECTIONS_H_
