// The Router over a Network: sessions to the nodes that this one asks, streams from those that ask
// it. A full mailbox slows down those who send to it, and nobody else (flow.h, berths.h).

#ifndef REHEARSE_NET_REMOTE_REMOTE_ROUTER_H_
#define REHEARSE_NET_REMOTE_REMOTE_ROUTER_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/router.h"
#include "rehearse/net/limited_log.h"
#include "rehearse/net/network.h"
#include "rehearse/net/remote/answer_book.h"
#include "rehearse/net/remote/distant_links.h"
#include "rehearse/net/remote/frame_pool.h"
#include "rehearse/net/remote/inbound.h"
#include "rehearse/net/remote/lives.h"
#include "rehearse/net/remote/peer_book.h"
#include "rehearse/net/remote/peer_lanes.h"
#include "rehearse/net/remote/remote_counters.h"
#include "rehearse/net/remote/ring_watch.h"
#include "rehearse/net/remote/session.h"
#include "rehearse/net/remote/vigil.h"

namespace rehearse::net {

class RemoteRouter final : public Router {
 public:
  // All outlive the router; `peers` may still be filled until the node starts.
  RemoteRouter(Node& node, Network& network, const PeerBook& peers, SessionOptions options = {});
  ~RemoteRouter() override { rings_->Close(); }

  SendResult Send(const Outbound& message) override;
  void Answer(ReplyId reply_to, EnvelopePtr reply) override;
  void Withdraw(const RemoteAsk& ask) override;
  bool Wants(ReplyId reply_to) override { return answers_.Has(reply_to); }
  void IsTakenOver(ReplyId reply_to) override;
  void WatchersChanged(internal::Cell& stand_in) override;

  // Serves incoming streams until the listener is closed; on a task of its own.
  void Serve(Listener& listener);

  // Ends all streams, for a node that shuts down. Any fiber.
  void Close();

  // Asks that wait for answers of other nodes; and asks of theirs that are owed one here. Take as
  // long as there are. Any thread.
  size_t asks_in_progress() const;
  size_t answers_owed() const { return answers_.size(); }

  const RemoteCounters& counters() const { return counters_; }
  // Who carries the node provides it with these.
  Permissions& permissions() { return permissions_; }
  PeerLanes& lanes() { return lanes_; }

 private:
  using Sessions = std::map<std::string, std::shared_ptr<Session>, std::less<>>;

  // Null if there is none yet. With the lock.
  std::shared_ptr<Session> FindSession(absl::string_view node);
  // That one, or a new one. With the lock.
  std::shared_ptr<Session> MakeSession(absl::string_view node, std::string address);
  // Null: where the node is is not known, or this one shuts down; `why`.
  std::shared_ptr<Vigil> VigilOver(const std::string& node, std::string& why);
  // The session with a node; null if there is none.
  std::shared_ptr<Session> Known(const std::string& node);
  // The session of that number; null if there is none any more.
  std::shared_ptr<Session> At(uint32_t session);
  RingWatch::Ways WaysOfProbes();
  bool is_asking() const;

  Node& node_;
  Network& network_;
  const PeerBook& peers_;
  const SessionOptions options_;
  mutable AnswerBook answers_;
  Receipts receipts_;
  Successions successions_;
  PeerStreams peer_streams_;
  Permissions permissions_;
  DistantLinks links_;
  PeerLanes lanes_;
  Lives lives_;
  FramePool frames_;
  RemoteCounters counters_;
  LimitedLog refusals_;
  const std::shared_ptr<RingWatch> rings_;
  const InboundParts inbound_parts_;

  mutable SpinLock lock_;                                 // over what follows
  Sessions sessions_;                                     // by node; they stay until Close
  Sessions::iterator last_used_ = sessions_.end();        // mostly the next one too
  std::vector<std::shared_ptr<Session>> by_index_;        // the same
  std::map<std::string, std::shared_ptr<Vigil>> vigils_;  // by node; as sessions
  std::vector<std::weak_ptr<Inbound>> inbound_;
  bool closed_ = false;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_REMOTE_ROUTER_H_
