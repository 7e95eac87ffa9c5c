// The simulated side of the Multicast seam: all nodes of a world are on one LAN.
//
// What is sent to a group takes the link to each host that has members, and each link loses,
// doubles, delays and is cut by itself. Groups are known by their address and port.

#ifndef REHEARSE_SIM_NETWORK_SIM_MULTICAST_H_
#define REHEARSE_SIM_NETWORK_SIM_MULTICAST_H_

#include <memory>
#include <string>
#include <vector>

#include "rehearse/net/socket/multicast.h"
#include "rehearse/sim/network/sim_datagrams.h"

namespace rehearse::sim {

// One node's incarnation.
class SimMulticast final : public net::Multicast {
 public:
  SimMulticast(SimDatagrams& datagrams, NodeId host) : datagrams_(datagrams), host_(host) {}

  absl::StatusOr<std::unique_ptr<net::GroupSocket>> Join(const net::SocketAddress& group) override;
  // As SimSockets::IpOf.
  std::vector<std::string> OwnIps() const override;

 private:
  SimDatagrams& datagrams_;
  const NodeId host_;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_NETWORK_SIM_MULTICAST_H_
