// All simulated datagram sockets of a world: who is bound where, and what is on its way to them.
//
// A datagram is one packet of the fabric. Nobody sends it again: what a link loses is lost, what it
// doubles comes twice, what takes a detour is overtaken, and a partition swallows what gets to it.

#ifndef REHEARSE_SIM_NETWORK_SIM_DATAGRAMS_H_
#define REHEARSE_SIM_NETWORK_SIM_DATAGRAMS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "rehearse/actor/env/ids.h"
#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/sim/network/fabric.h"

namespace rehearse::sim {

class SimDatagrams;

// A port of a host's, or the name of one of its Unix sockets.
struct SimPort {
  NodeId host;
  uint16_t number = 0;
  std::string unix_name = {};
  friend auto operator<=>(const SimPort&, const SimPort&) = default;
};

// What was sent to a bound port, and not yet received.
class SimMailBag {
 public:
  // What waits at most, as Linux's default; more is lost.
  static constexpr size_t kBytesMax = 212992;
  // What one datagram counts for besides its bytes, so that empty ones have a bound too.
  static constexpr size_t kOverheadBytes = 256;

  struct Letter {
    SimPort from;
    std::string bytes;
  };

  SimMailBag(SimDatagrams& datagrams, SimPort port)
      : datagrams_(datagrams), port_(std::move(port)) {}

  // The next; parks until there is one. kUnavailable once closed, kDeadlineExceeded, kCancelled.
  absl::StatusOr<Letter> Receive(Instant deadline);
  // What Receive would return at once; null: it would park.
  const Letter* next() const { return waiting_.empty() ? nullptr : &waiting_.front(); }
  void Close();
  bool closed() const { return closed_; }

 private:
  friend class SimDatagrams;
  // False: there is no room.
  bool Take(Letter letter);

  SimDatagrams& datagrams_;
  const SimPort port_;
  bool closed_ = false;
  size_t bytes_ = 0;
  std::deque<Letter> waiting_;
  WaitToken receiver_;
};

class SimDatagrams {
 public:
  SimDatagrams(Fabric& fabric, Scheduler& scheduler) : fabric_(fabric), scheduler_(scheduler) {}

  // Null: somebody is bound there.
  std::shared_ptr<SimMailBag> Bind(const SimPort& port);

  // The host of `to` may be none.
  void Send(const SimPort& from, const SimPort& to, absl::string_view bytes);

  // Within one host: it is in the queue at once.
  //   kUnavailable        nobody is bound at `to`.
  //   kResourceExhausted  its queue is full.
  absl::Status SendLocally(const SimPort& from, const SimPort& to, absl::string_view bytes);

  bool IsBound(const SimPort& port) const { return bound_.contains(port); }

  // As when a NAT in front of `host` forgets: its bound ports are seen under new numbers from now
  // on, and nothing gets to them any more under the old ones.
  void Rebind(NodeId host);

  // The host's process is gone, and with it who was bound there.
  void OnHostDown(NodeId host);

 private:
  friend class SimMailBag;

  Fabric& fabric_;
  Scheduler& scheduler_;
  // Where a datagram to `port` goes; nowhere, if a NAT has forgotten it.
  absl::optional<SimPort> BehindNat(const SimPort& port) const;

  // Linux's ports for that end below.
  static constexpr uint16_t kFirstNatPort = 61000;

  std::map<SimPort, std::shared_ptr<SimMailBag>> bound_;
  std::map<SimPort, SimPort> seen_as_;  // of ports that were bound anew
  std::map<SimPort, SimPort> behind_;   // the other way round
  uint16_t next_nat_port_ = kFirstNatPort;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_NETWORK_SIM_DATAGRAMS_H_
