// A stream that this node has opened to another for the gossip, from the first frame for it until
// it breaks.

#ifndef REHEARSE_NET_MEMBERSHIP_GOSSIP_LINK_H_
#define REHEARSE_NET_MEMBERSHIP_GOSSIP_LINK_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/net/network.h"
#include "rehearse/net/remote/peer_lanes.h"

namespace rehearse::net {

// Any fiber of the node.
class GossipLink : public std::enable_shared_from_this<GossipLink> {
 public:
  // Frames that wait to be written; of further ones the oldest is lost.
  static constexpr size_t kFramesMax = 32;
  // How long one frame may wait for room.
  static constexpr absl::Duration kWriteTimeout = absl::Seconds(10);

  struct Parts {
    Node& node;
    PeerLanes& lanes;
    absl::Duration dial_timeout;
    // A frame came; not OK: it is none that may come here, and the link ends.
    std::function<absl::Status(const std::string& frame)> on_frame;
    // It has ended, for whatever reason. Once.
    std::function<void(const GossipLink& link)> on_end;
  };

  // `name` is who has to be at `address`; empty: whoever is.
  GossipLink(Parts parts, std::string name, std::string address)
      : parts_(std::move(parts)), name_(std::move(name)), address_(std::move(address)) {}

  // Queues a frame; the first one opens the stream. Never waits.
  void Send(std::string frame, Instant now);
  // Never waits. What was queued is lost.
  void Close();

  const std::string& address() const { return address_; }
  // When the first frame was sent after the last that came; infinite if none was.
  Instant unanswered_since() const;
  Instant last_used() const;

 private:
  // On its tasks.
  void Run();
  absl::Status Open();
  void Write();
  void Read();
  bool TakeFrame(std::string& frame);

  const Parts parts_;
  const std::string name_;
  const std::string address_;

  mutable SpinLock lock_;  // over what follows
  std::deque<std::string> frames_;
  std::shared_ptr<Stream> stream_;
  WaitToken writer_;
  Instant unanswered_since_ = Instant::Infinite();
  Instant last_used_;
  bool running_ = false;
  bool closed_ = false;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_MEMBERSHIP_GOSSIP_LINK_H_
