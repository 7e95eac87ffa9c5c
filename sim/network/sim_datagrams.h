// All simulated datagram sockets of a world: who is bound where or in which group, and what is on
// its way to them.
//
// A datagram is one packet of the fabric. Nobody sends it again: what a link loses is lost, what it
// doubles comes twice, what takes a detour is overtaken, and a partition swallows what gets to it.
// One to a group is a packet on the link to each host that has a member: the world is one LAN.

#ifndef REHEARSE_SIM_NETWORK_SIM_DATAGRAMS_H_
#define REHEARSE_SIM_NETWORK_SIM_DATAGRAMS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "rehearse/actor/env/ids.h"
#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/sim/network/fabric.h"

namespace rehearse::sim {

// A port of a host's, or the name of one of its Unix sockets.
struct SimPort {
  NodeId host;
  uint16_t number = 0;
  std::string unix_name = {};
  friend auto operator<=>(const SimPort&, const SimPort&) = default;
};

// A group and the port that its members share.
struct SimGroup {
  std::string ip;
  uint16_t port = 0;
  friend auto operator<=>(const SimGroup&, const SimGroup&) = default;
};

// What was sent to a bound port or a member, and not yet received.
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

  // `forget` is called when it closes: nothing goes to it any more.
  SimMailBag(Scheduler& scheduler, std::function<void(const SimMailBag&)> forget)
      : scheduler_(scheduler), forget_(std::move(forget)) {}

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

  Scheduler& scheduler_;
  const std::function<void(const SimMailBag&)> forget_;
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

  // A member of `group` on `host`, of which there may be more.
  std::shared_ptr<SimMailBag> Join(NodeId host, const SimGroup& group);

  // To all members: those of other hosts over the links to them, as each of these treats it; those
  // of `host` itself are past its network, and hear it at once.
  void SendToGroup(NodeId host, const SimGroup& group, absl::string_view bytes);

  bool IsBound(const SimPort& port) const { return bound_.contains(port); }

  // As when a NAT in front of `host` forgets: its bound ports are seen under new numbers from now
  // on, and nothing gets to them any more under the old ones.
  void Rebind(NodeId host);

  // The host's process is gone, and with it who was bound there.
  void OnHostDown(NodeId host);

 private:
  // Those of one host, in the order in which they came.
  using Members = std::vector<std::shared_ptr<SimMailBag>>;

  void Unbind(const SimPort& port, const SimMailBag& bag);
  void LeaveGroup(NodeId host, const SimGroup& group, const SimMailBag& bag);
  // One packet on `link`. `take` is given its bytes when it arrives: once, twice or never. False:
  // there is no room for them.
  void Carry(Fabric::Link& link, absl::string_view bytes,
             std::function<bool(const std::string& bytes)> take);
  bool HandToMembers(NodeId host, const SimGroup& group, const SimMailBag::Letter& letter);
  // Where a datagram to `port` goes; nowhere, if a NAT has forgotten it.
  absl::optional<SimPort> BehindNat(const SimPort& port) const;

  // Linux's ports for that end below.
  static constexpr uint16_t kFirstNatPort = 61000;

  Fabric& fabric_;
  Scheduler& scheduler_;
  std::map<SimPort, std::shared_ptr<SimMailBag>> bound_;
  std::map<SimGroup, std::map<NodeId, Members>> groups_;
  std::map<SimPort, SimPort> seen_as_;  // of ports that were bound anew
  std::map<SimPort, SimPort> behind_;   // the other way round
  uint16_t next_nat_port_ = kFirstNatPort;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_NETWORK_SIM_DATAGRAMS_H_
