// The simulated side of the Network seam: streams of frames over the fabric's links.
//
// Frames travel as packets, which the fabric loses, duplicates, delays and reorders; the stream
// puts them in order, drops the second of two, and sends again what was lost, after the timeout
// that a real one would take to notice. So what a program sees is what TCP would show it: pauses,
// and breaks. An end that broke is unknown to its host, which answers what still comes with a
// reset. Differences from TCP: no handshake on close, no congestion window, a frame is a packet
// whatever its size, acknowledgements travel for free: who writes does not notice that the way back
// is cut.

#ifndef REHEARSE_SIM_NETWORK_SIM_NETWORK_H_
#define REHEARSE_SIM_NETWORK_SIM_NETWORK_H_

#include <memory>

#include "rehearse/net/network.h"
#include "rehearse/sim/network/sim_switch.h"

namespace rehearse::sim {

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
