// Telling one other node of the ends of actors of this one; the other side of a Vigil.
//
// What was asked for lasts as long as the stream: the peer asks again on the next, and is told then
// what it has missed.

#ifndef REHEARSE_NET_REMOTE_WATCH_DESK_H_
#define REHEARSE_NET_REMOTE_WATCH_DESK_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/actor/internal/distant_watcher.h"
#include "rehearse/actor/internal/weak_cell.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/net/network.h"
#include "rehearse/net/remote/distant_links.h"
#include "rehearse/net/remote/hello.h"
#include "rehearse/net/remote/outbox.h"
#include "rehearse/net/remote/peer_book.h"
#include "rehearse/net/remote/permissions.h"
#include "rehearse/net/remote/remote_counters.h"

namespace rehearse::net {

struct LifeSignal;

class WatchDesk final : public internal::DistantWatcher,
                        public std::enable_shared_from_this<WatchDesk> {
 public:
  // What one stream may ask for: watched actors. Links: DistantLinks.
  static constexpr size_t kWatchedMax = 16384;

  // `peer` is who has greeted on `stream`, `vouched_for` its name for permissions; it is let go
  // when it says nothing for `silence_max`. All that is passed by reference outlives it.
  WatchDesk(Node& node, const PeerBook& peers, const Permissions& permissions, DistantLinks& links,
            std::shared_ptr<Outbox> outbox, Stream& stream, Hello peer, std::string vouched_for,
            absl::Duration silence_max)
      : node_(node),
        peers_(peers),
        permissions_(permissions),
        links_(links),
        outbox_(std::move(outbox)),
        stream_(stream),
        peer_(std::move(peer)),
        vouched_for_(std::move(vouched_for)),
        silence_max_(silence_max) {}

  // Until the stream ends, or the peer says what is no request; why.
  absl::Status Serve();

  void Ended(uint64_t number, const ExitReason& reason) override;

 private:
  absl::Status OnFrame(absl::string_view frame);
  absl::Status Watch(const LifeSignal& signal);
  absl::Status Link(const LifeSignal& signal);
  void Unwatch(uint64_t number);
  void Unlink(const LifeSignal& signal);
  internal::WeakCell Find(const LifeSignal& signal) const;
  internal::CellRef StandInFor(uint64_t partner);
  DistantLinks::Key LinkOf(internal::Cell& actor, uint64_t partner) const {
    return {actor.actor_id().value, peer_.incarnation, partner};
  }
  void Say(const LifeSignal& signal);
  void SayDown(uint64_t number, const ExitReason& reason);
  void End();

  Node& node_;
  const PeerBook& peers_;
  const Permissions& permissions_;
  DistantLinks& links_;
  const std::shared_ptr<Outbox> outbox_;  // an end may be told while the stream ends
  Stream& stream_;
  const Hello peer_;
  const std::string vouched_for_;
  const absl::Duration silence_max_;

  SpinLock lock_;  // over what follows
  std::map<uint64_t, internal::WeakCell> watched_;
  bool over_ = false;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_WATCH_DESK_H_
