// Who may send this node what.
//
//   net::PermissionsOf(node).Restrict<admin::Halt>({"console"});   // nobody else may halt us
//   net::PermissionsOf(node).RestrictPeers({"server-1", "server-2"});
//
// Until something is restricted, each peer that reaches the node may send all that its exported
// actors take, and watch them. Where the network proves keys (--security=libp2p, QUIC), a name is
// allowed what it is allowed if the node knows its address with the /p2p/ID that the peer has
// proven, and else as little as a stranger. Where it proves nothing (--security=none), a peer is
// who it says it is: then this keeps out mistakes, and no attacker.

#ifndef REHEARSE_NET_REMOTE_PERMISSIONS_H_
#define REHEARSE_NET_REMOTE_PERMISSIONS_H_

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "rehearse/actor/message_id.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/spin_lock.h"

namespace rehearse::net {

// One node's; any thread. What is refused is answered kPermissionDenied, and counted.
class Permissions {
 public:
  using Peers = std::set<std::string, std::less<>>;

  // From now on only `peers` may send an M, to whichever actor.
  template <typename M>
  void Restrict(Peers peers) {
    RestrictMessage(M::kMessageId, std::move(peers));
  }
  void RestrictMessage(const MessageId& message, Peers peers) {
    const std::lock_guard<SpinLock> lock(lock_);
    messages_[message] = std::move(peers);
    any_.store(true, std::memory_order_release);
  }
  // From now on only `peers` may open streams at all; those that stand go on.
  void RestrictPeers(Peers peers) {
    const std::lock_guard<SpinLock> lock(lock_);
    peers_ = std::move(peers);
  }
  // From now on only `peers` may watch actors, and link themselves to them; as above.
  void RestrictWatching(Peers peers) {
    const std::lock_guard<SpinLock> lock(lock_);
    watchers_ = std::move(peers);
  }

  bool MaySend(absl::string_view peer, const MessageId& message) const {
    if (!any_.load(std::memory_order_acquire)) return true;
    const std::lock_guard<SpinLock> lock(lock_);
    const auto at = messages_.find(message);
    return at == messages_.end() || at->second.contains(peer);
  }
  bool MayConnect(absl::string_view peer) const { return IsIn(peers_, peer); }
  bool MayWatch(absl::string_view peer) const { return IsIn(watchers_, peer); }

 private:
  bool IsIn(const std::optional<Peers>& allowed, absl::string_view peer) const {
    const std::lock_guard<SpinLock> lock(lock_);
    return !allowed.has_value() || allowed->contains(peer);
  }

  std::atomic<bool> any_{false};  // message is restricted
  mutable SpinLock lock_;         // over what follows
  std::map<MessageId, Peers> messages_;
  std::optional<Peers> peers_;
  std::optional<Peers> watchers_;
};

// Of a node that RunNode or sim::World carries. Throws std::logic_error if there is none.
Permissions& PermissionsOf(const Node& node);

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_PERMISSIONS_H_
