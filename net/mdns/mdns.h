// Finds libp2p's peers on the networks that this host is on, and is found: mDNS on a node's fibers.
//
//   REHEARSE_ASSIGN_OR_RETURN(const std::shared_ptr<Mdns> mdns,
//                             Mdns::Start({node, multicast, found}, {peer_id, addresses}));
//   …
//   mdns->Leave();
//
// What it finds is what anybody there said: whoever dials it lets the other prove its id.

#ifndef REHEARSE_NET_MDNS_MDNS_H_
#define REHEARSE_NET_MDNS_MDNS_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/net/limited_log.h"
#include "rehearse/net/mdns/mdns_core.h"
#include "rehearse/net/socket/multicast.h"

namespace rehearse::net {

// Any fiber of the node.
class Mdns : public std::enable_shared_from_this<Mdns> {
 public:
  // Told of a peer that is new, or elsewhere than it was. On a fiber of its own; does not park.
  using Found = std::function<void(const LanPeer& peer)>;

  struct Parts {
    Node& node;
    Multicast& multicast;
    Found found;
  };

  // Joins the group, and tells others of `self`, where it has addresses: those at which peers of
  // the same networks dial it. What `parts` refers to outlives it.
  //   the errors of Multicast::Join
  static absl::StatusOr<std::shared_ptr<Mdns>> Start(Parts parts, LanPeer self,
                                                     const MdnsOptions& options = {});

  // Those that are there now, in the order of their ids.
  std::vector<LanPeer> Present() const;
  MdnsCounters counters() const;

  // Tells the others that this node goes, and ends. Waits for nothing.
  void Leave();

 private:
  Mdns(Parts parts, std::unique_ptr<GroupSocket> socket, LanPeer self, const MdnsOptions& options);

  // On its task.
  void Run();
  Instant Tick();
  absl::Status Hear(Instant deadline);
  void Send(const std::vector<std::string>& datagrams);

  const Parts parts_;
  LimitedLog log_;
  const std::unique_ptr<GroupSocket> socket_;
  mutable SpinLock lock_;  // over what follows
  MdnsCore core_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_MDNS_MDNS_H_
