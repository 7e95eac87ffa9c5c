// The simulated side of the Network seam: streams of frames over the fabric's links.
//
// Frames travel as packets, which the fabric loses, duplicates, delays and reorders; the stream
// puts them in order, drops the second of two, and sends again what was lost, after the timeout
// that a real one would take to notice. So what a program sees is what TCP would show it: pauses,
// and breaks. Differences from TCP: no handshake on close, no congestion window, a frame is a
// packet whatever its size, acknowledgements travel for free.

#ifndef REHEARSE_SIM_NETWORK_SIM_NETWORK_H_
#define REHEARSE_SIM_NETWORK_SIM_NETWORK_H_

#include <map>
#include <memory>
#include <set>
#include <string>

#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/net/network.h"
#include "rehearse/sim/network/fabric.h"

namespace rehearse::sim {

class SimEndpoint;
class SimListenerState;

// All simulated streams of a world.
class SimSwitch {
 public:
  SimSwitch(Fabric& fabric, Scheduler& scheduler);
  ~SimSwitch();

  // The host's process is gone: its listeners close, its streams are reset, or fall silent.
  void OnHostDown(NodeId host, bool silent);

  Fabric& fabric() { return fabric_; }
  Scheduler& scheduler() { return scheduler_; }

 private:
  friend class SimEndpoint;
  friend class SimListener;
  friend class SimNetwork;
  class Dialling;

  Fabric& fabric_;
  Scheduler& scheduler_;
  uint64_t next_endpoint_ = 1;
  std::map<uint64_t, std::weak_ptr<SimEndpoint>> endpoints_;  // by number, so in a fixed order
  std::map<std::string, std::shared_ptr<SimListenerState>> listeners_;
};

// One node's incarnation. Addresses are "/sim/NAME" and "/sim/NAME/PORT".
class SimNetwork final : public net::Network {
 public:
  SimNetwork(SimSwitch& hub, NodeId host) : hub_(hub), host_(host) {}

  absl::StatusOr<std::unique_ptr<net::Listener>> Listen(absl::string_view address) override;
  absl::StatusOr<std::unique_ptr<net::Stream>> Dial(absl::string_view address,
                                                    Instant deadline) override;

 private:
  SimSwitch& hub_;
  const NodeId host_;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_NETWORK_SIM_NETWORK_H_
