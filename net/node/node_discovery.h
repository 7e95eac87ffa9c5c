// Peers that a process's node finds on its networks by mDNS, if its flags say so, and who is told.

#ifndef REHEARSE_NET_NODE_NODE_DISCOVERY_H_
#define REHEARSE_NET_NODE_NODE_DISCOVERY_H_

#include <array>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/actor/runtime/waitable.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/identity/peer_id.h"
#include "rehearse/net/limited_log.h"
#include "rehearse/net/mdns/mdns.h"
#include "rehearse/net/mdns/peer_records.h"
#include "rehearse/net/node/node_flags.h"
#include "rehearse/net/socket/multicast.h"

namespace rehearse::net {

class NodeDiscovery {
 public:
  // Who is met at a time: a peer that does not answer takes its seconds.
  static constexpr size_t kMeetersMax = 4;
  // Found, and not met yet; further ones are left out.
  static constexpr size_t kFoundMax = 256;
  // Of who was found, a second.
  static constexpr int kLinesMax = 4;

  // Makes the node known to `peer`, which is said to be nearby. Whether it is there, as far as that
  // is known at once. May park.
  using Meet = std::function<bool(const LanPeer& peer)>;

  // All outlive it.
  NodeDiscovery(const NodeFlags& flags, Node& node, Multicast& multicast)
      : flags_(flags), node_(node), multicast_(multicast) {}

  // Looks for others, and is found as `self`, which listens at `listening`, or nowhere if that is
  // empty. Parks until it has met one, or none is found for a second, a few seconds at most. If the
  // flags say so; else does nothing. If there is no network it says so in the log. On a fiber,
  // once.
  //   kCancelled  the node is told to end.
  absl::Status Begin(const Identity* self, absl::string_view listening, Meet meet);

  // Tells others that the node goes, and meets nobody any more.
  void Leave();

 private:
  LanPeer Self(const PeerId& self, absl::string_view listening) const;
  absl::Status AwaitFirst();
  void OnFound(const LanPeer& peer);
  // On a task.
  void MeetAll(size_t meeter);
  // Parks until there is one. Nothing: the task is to end.
  std::optional<LanPeer> NextFound(size_t meeter);

  const NodeFlags& flags_;
  Node& node_;
  Multicast& multicast_;
  LimitedLog log_{node_.log(), kLinesMax, Severity::kInfo};
  Meet meet_;
  std::shared_ptr<Mdns> mdns_;
  std::array<Task*, kMeetersMax> meeters_ = {};  // counted

  SpinLock lock_;  // over what follows
  std::deque<LanPeer> found_;
  std::array<WaitToken, kMeetersMax> idle_ = {};
  size_t found_in_all_ = 0;
  size_t tried_ = 0;
  size_t met_ = 0;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_NODE_NODE_DISCOVERY_H_
