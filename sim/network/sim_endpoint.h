// One end of a simulated stream.

#ifndef REHEARSE_SIM_NETWORK_SIM_ENDPOINT_H_
#define REHEARSE_SIM_NETWORK_SIM_ENDPOINT_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/net/network.h"
#include "rehearse/sim/network/fabric.h"
#include "rehearse/sim/network/packet.h"
#include "rehearse/sim/network/sim_switch.h"

namespace rehearse::sim {

class SimEndpoint : public std::enable_shared_from_this<SimEndpoint> {
 public:
  // Its packets leave by `out`, and its peer's come by `back`.
  static std::shared_ptr<SimEndpoint> Create(SimSwitch& hub, Fabric::Link& out, Fabric::Link& back);
  SimEndpoint(SimSwitch& hub, Fabric::Link& out, Fabric::Link& back);
  ~SimEndpoint();

  void Connect(SimEndpoint& peer) { peer_ = &peer; }

  // `frame` is taken if the result is OK.
  absl::Status Write(std::string&& frame, Instant deadline);
  absl::StatusOr<std::string> Read(Instant deadline);
  // By the program: the peer sees the end after all frames.
  void Close();
  // Reading is over, writing goes on.
  void CloseRead();
  // By the program, that leaves something unread: the peer is reset.
  void Abort();
  // Whether the peer ended it, and nothing is left to read.
  bool ended_by_peer() const { return ended_by_peer_ && ready_.empty(); }
  bool has_unread() const { return !ready_.empty(); }
  // By the world: the process is gone.
  void Die(bool silent);
  // It is broken, `why` in words: its host knows nothing of it any more.
  void Break(absl::string_view why);
  void Go();

  NodeId host() const { return out_.from; }
  NodeId peer_host() const { return out_.to; }
  SimSwitch& hub() const { return hub_; }
  // Of all ends of the world, in the order in which they were made.
  uint64_t number() const { return number_; }
  std::string peer_name() const;

 private:
  friend struct Packet;
  friend class SimSwitch;

  void MarkClosed();
  void Queue(bool last, std::string&& frame);
  void Transmit(PacketPtr packet);
  void Schedule(PacketPtr packet, Instant arrives);
  void Resend(PacketPtr packet);
  void OnArrival(PacketPtr packet);
  void OnUnknownThere(PacketPtr packet);
  bool TakeInOrder(PacketPtr& packet);
  void TakeNext(Packet& packet);
  void ResetPeer();
  void End(absl::string_view why);
  void WakeAll();

  SimSwitch& hub_;
  Fabric::Link& out_;
  Fabric::Link& back_;
  uint64_t number_ = 0;
  SimEndpoint* peer_ = nullptr;  // null once it is destroyed

  // Out. Once it is closed it owns itself while packets are under way: a stream that its program
  // has let go still sends what it owes. Who lets it go closes it first.
  size_t under_way_ = 0;
  std::shared_ptr<SimEndpoint> self_;
  uint64_t next_out_ = 0;
  size_t unread_at_peer_ = 0;  // bytes
  bool closed_ = false;        // here, by the program
  // In.
  uint64_t next_in_ = 0;
  std::deque<PacketPtr> early_;  // from next_in_ on; null: not here yet, as the first is
  std::deque<std::string> ready_;
  // Both.
  bool gone_ = false;  // its host answers for it as for a stranger's
  std::string over_;   // why, once it is
  bool ended_by_peer_ = false;
  bool read_closed_ = false;

  WaitToken reader_;
  std::deque<WaitToken> writers_;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_NETWORK_SIM_ENDPOINT_H_
