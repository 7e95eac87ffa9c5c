// The simulated side of the Sockets seam: our transports' own code under seeds.
//
// Bytes travel in segments of at most kSegmentBytes over the fabric's links, and come out in order,
// as SimNetwork's frames do; a datagram is a packet. Every node has one address, 10.0.x.y of its
// number. Unix sockets are each node's own: no fault of a link touches them, the schedule does, and
// they are gone with the process.

#ifndef REHEARSE_SIM_NETWORK_SIM_SOCKETS_H_
#define REHEARSE_SIM_NETWORK_SIM_SOCKETS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/types/optional.h"
#include "rehearse/net/socket/sockets.h"
#include "rehearse/sim/network/sim_switch.h"

namespace rehearse::sim {

// One node's incarnation. Listens at its own address; dials any.
class SimSockets final : public net::Sockets {
 public:
  static constexpr size_t kSegmentBytes = size_t{16} << 10;

  SimSockets(SimSwitch& hub, NodeId host) : hub_(hub), host_(host) {}

  absl::StatusOr<std::unique_ptr<net::ListenSocket>> Listen(
      const net::SocketAddress& address) override;
  absl::StatusOr<std::unique_ptr<net::StreamSocket>> Connect(const net::SocketAddress& address,
                                                             Instant deadline) override;
  absl::StatusOr<std::unique_ptr<net::DatagramSocket>> Bind(
      const net::SocketAddress& address) override;

  // "10.0.0.3" for node 3.
  static std::string IpOf(NodeId host);

 private:
  // The first port that is given for port 0; then the next, and so on, round.
  static constexpr uint16_t kFirstPort = 32768;

  absl::StatusOr<std::unique_ptr<net::ListenSocket>> ListenLocally(net::SocketAddress address);
  absl::StatusOr<std::unique_ptr<net::DatagramSocket>> BindLocally(net::SocketAddress address);
  // Finds a name for "unix:@".
  absl::Status TakeName(absl::string_view what, net::SocketAddress& address);
  // What the switch knows this host's `address`, of a Unix socket, by.
  std::string LocalKey(const net::SocketAddress& address) const;

  // OK if `address` is one of this host's.
  absl::Status CheckOwn(absl::string_view what, const net::SocketAddress& address) const;
  uint16_t NextPort() {
    return next_port_ = next_port_ == UINT16_MAX ? kFirstPort : next_port_ + 1;
  }

  SimSwitch& hub_;
  const NodeId host_;
  uint16_t next_port_ = kFirstPort - 1;
  uint32_t next_name_ = 0;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_NETWORK_SIM_SOCKETS_H_
