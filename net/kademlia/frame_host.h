// Kademlia over any Network of frames: for nodes of one cluster, and for simulated ones.
//
// Differences from KadHost: it speaks to its like alone, not to libp2p's; a stream carries one
// request; and who asks says itself who it is. Where the network proves keys, that must be true;
// elsewhere, as over plain TCP, it is its word.

#ifndef REHEARSE_NET_KADEMLIA_FRAME_HOST_H_
#define REHEARSE_NET_KADEMLIA_FRAME_HOST_H_

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/kademlia/kad_calls.h"
#include "rehearse/net/kademlia/kad_core.h"
#include "rehearse/net/kademlia/kad_peer.h"
#include "rehearse/net/kademlia/record_validator.h"
#include "rehearse/net/network.h"

namespace rehearse::net {

struct FrameHostOptions {
  KadCoreOptions core = {};
  size_t calls_max = 256;    // at a time, of this node's
  size_t streams_max = 256;  // at a time, of those that ask; further ones are closed
  absl::Duration request_timeout = absl::Seconds(5);  // until who has connected asks
};

// Any fiber of the node. Make it shared: fibers that work for it keep it.
class FrameHost final : public KadCalls, public std::enable_shared_from_this<FrameHost> {
 public:
  // Both outlive it.
  FrameHost(Node& node, Network& network, const FrameHostOptions& options)
      : node_(node), network_(network), options_(options) {}

  // The node's part in Kademlia. The first address of `self`, as text, is where it listens. Once,
  // before it serves. `validators` outlives the core.
  std::shared_ptr<KadCore> Attach(KadPeer self, const RecordValidators& validators);

  // Answers those that connect, until the listener is closed; on a task of its own.
  void Serve(Listener& listener);

  void Call(const KadPeer& to, std::string request, Answered answered, Instant deadline,
            Done done) override;

 private:
  void Answer(Stream& stream);
  absl::StatusOr<std::string> Ask(const KadPeer& to, absl::string_view request, Answered answered,
                                  Instant deadline);

  Node& node_;
  Network& network_;
  const FrameHostOptions options_;
  std::shared_ptr<KadCore> core_;
  std::atomic<size_t> calls_{0};
  std::atomic<size_t> streams_{0};
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_KADEMLIA_FRAME_HOST_H_
