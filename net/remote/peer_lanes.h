// Streams between nodes that carry neither messages nor news of lives: for protocols between the
// nodes of a cluster that share the router's address, greeting and permissions.

#ifndef REHEARSE_NET_REMOTE_PEER_LANES_H_
#define REHEARSE_NET_REMOTE_PEER_LANES_H_

#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/net/network.h"
#include "rehearse/net/remote/hello.h"
#include "rehearse/net/remote/outbox.h"

namespace rehearse::net {

// Serves the streams of one lane that others open. On the node's fibers.
class LaneService {
 public:
  virtual ~LaneService() = default;

  // `peer` has greeted on `stream`; what is put into `outbox` is written there. Returns when the
  // stream ends, with its status, or is to be closed, and why.
  virtual absl::Status Serve(const Hello& peer, Stream& stream,
                             const std::shared_ptr<Outbox>& outbox) = 0;

  // The node shuts down: no stream is served from now on. Never waits.
  virtual void Close() = 0;
};

// A stream that this node has opened, and who answered there.
struct LaneStream {
  std::unique_ptr<Stream> stream;
  Hello peer;
};

// One node's. Any fiber.
class PeerLanes {
 public:
  // Both outlive it.
  PeerLanes(Node& node, Network& network) : node_(node), network_(network) {}

  // From now on, until it is closed. At most one a lane.
  void Serve(Lane lane, std::shared_ptr<LaneService> service);

  // Opens a stream of `lane` to whoever is at `address`; `name` is who it has to be, or empty.
  //   the errors of Network::Dial and GreetPeer
  absl::StatusOr<LaneStream> Open(Lane lane, absl::string_view address, absl::string_view name,
                                  Instant deadline);

  // --- For the router.

  // Null: nobody serves it.
  std::shared_ptr<LaneService> Find(Lane lane) const;
  // Closes all services; they stay where they are.
  void Close();

 private:
  Node& node_;
  Network& network_;
  mutable SpinLock lock_;  // over what follows
  std::map<Lane, std::shared_ptr<LaneService>> services_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_PEER_LANES_H_
