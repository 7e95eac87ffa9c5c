// Finds rings of actors over nodes, each of which waits for the next, and ends them.
//
// Who waits for whom on other nodes nobody sees. So a wait that lasts sends a probe after itself,
// as the edge-chasing algorithm does (Chandy, Misra and Haas, "Distributed Deadlock Detection", ACM
// TOCS 1(2), 1983): the node that is waited for looks what the actor there waits for, adds that,
// and sends the probe on, if that is on another node too. A probe that comes back to its own wait
// has gone round a ring. One that comes back twice the same way, one after the other, has seen it
// whole: each wait has gone on from the one look to the other. Then one of the members gives up.
//
// A probe is sent by each wait of a ring, so that each member knows of it, and all know which of
// them gives up. Waits that have begun lately send probes, and those that a probe has come by;
// after some looks a wait is quiet, for it is the newest one that closes a ring.
//
// A peer may say of a ring what is not so. To end an ask by that it has to show the number of a
// look, which goes the way of the asks alone: so it can end one that waits for it, whoever is
// between.

#ifndef REHEARSE_NET_REMOTE_RING_WATCH_H_
#define REHEARSE_NET_REMOTE_RING_WATCH_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/ids.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/actor/internal/cell.h"
#include "rehearse/actor/internal/wait_survey.h"
#include "rehearse/actor/node.h"
#include "rehearse/actor/router.h"
#include "rehearse/actor/runtime/spin_lock.h"
#include "rehearse/net/remote/ring.h"

namespace rehearse::net {

// One node's. It looks on a task of its own, which ends when there is nothing to look for.
class RingWatch : public std::enable_shared_from_this<RingWatch> {
 public:
  // Probes that came by and are not looked at yet; more are forgotten. And those that one look
  // sends for waits of this node.
  static constexpr size_t kArrivedMax = 256;
  static constexpr size_t kSentMax = 64;

  struct Ways {
    // Sends `probe` after the ask, or the message, that waits. Never waits.
    std::function<void(const RemoteWait& wait, const std::string& probe)> send;
    // The ask is over, for that reason.
    std::function<void(const RemoteAsk& ask, const absl::Status& why)> fail;
    // Whether other nodes owe this one an answer.
    std::function<bool()> is_asking;
  };

  // `node` outlives its tasks. A ring is found two to three intervals after it closed, or some more
  // where a member that has long been quiet is the one to give up.
  RingWatch(Node& node, absl::Duration interval, Ways ways);

  // An actor of this node may begin to wait for another node's. Any fiber; cheap.
  void Notice() {
    if (!noticed_.load(std::memory_order_relaxed)) Begin();
  }

  // A probe has come for whoever waits for `actor`, which is this node's. Any fiber.
  void Arrived(const internal::Cell& actor, RingProbe probe);

  void Close();

 private:
  // A wait of this node, as it was at the last look.
  struct Known {
    bool is_here = false;
    bool is_afar = false;
    bool has_lasted = false;  // it was there at the look before
    int sent = 0;             // probes
    Instant next;             // when to send one
    uint64_t look = 0;        // of the last one, until it is back; never of a wait that sent none
    Ring ring;                // that it came back with; empty: it did not
  };
  struct Arrival {
    ObservedActor actor;
    RingProbe probe;
  };
  struct Survey;

  void Begin();
  // With the lock.
  void StartTask();
  // On the task.
  void Keep();
  bool AwaitTurn(Instant look_at);
  // Who waits on this node, in the order of the actors.
  internal::WorkerSurvey Look();
  void Learn(const internal::WorkerSurvey& waits);
  void SendProbes(const internal::WorkerSurvey& waits);
  void Follow(const internal::WorkerSurvey& waits, Arrival arrival);
  void CameBack(const internal::BusyFiber& wait, Known& known, Ring ring);
  void GiveUp(const internal::BusyFiber& wait, const Ring& ring);
  void Send(const internal::BusyFiber& wait, const RingProbe& probe);
  void Rouse(Known& known);
  bool IsClosed();
  bool IsQuiet() const;
  RingHop HopOf(const internal::BusyFiber& wait) const;

  Node& node_;
  const absl::Duration interval_;
  const Ways ways_;
  std::atomic<bool> noticed_{false};
  const std::shared_ptr<Survey> survey_;

  // The task's.
  std::map<uint64_t, Known> known_;  // by their numbers
  uint64_t looks_ = 0;
  int since_notice_ = 0;  // intervals
  Instant rests_until_;
  ObservedActor served_;  // see SendProbes

  SpinLock lock_;  // over what follows
  std::vector<Arrival> arrived_;
  WaitToken keeper_;
  bool running_ = false;
  bool closed_ = false;
};

}  // namespace rehearse::net

#endif  // REHEARSE_NET_REMOTE_RING_WATCH_H_
