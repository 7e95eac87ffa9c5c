// All simulated connections of a world: who listens, who dials, what is torn down with a host.

#ifndef REHEARSE_SIM_NETWORK_SIM_SWITCH_H_
#define REHEARSE_SIM_NETWORK_SIM_SWITCH_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rehearse/actor/runtime/scheduler.h"
#include "rehearse/sim/network/fabric.h"
#include "rehearse/sim/network/packet.h"
#include "rehearse/sim/network/sim_datagrams.h"

namespace rehearse::sim {

class SimEndpoint;
class SimSwitch;

// A place where connections come in.
class SimAcceptor {
 public:
  SimAcceptor(SimSwitch& hub, NodeId host, std::string address)
      : hub_(hub), host_(host), address_(std::move(address)) {}

  // The next connection's end; parks until there is one. kUnavailable once closed, kCancelled.
  absl::StatusOr<std::shared_ptr<SimEndpoint>> Accept();
  void Close();

  NodeId host() const { return host_; }
  const std::string& address() const { return address_; }

 private:
  friend class SimSwitch;

  SimSwitch& hub_;
  const NodeId host_;
  const std::string address_;
  bool closed_ = false;
  std::deque<std::shared_ptr<SimEndpoint>> pending_;
  WaitToken waiter_;
};

// Addresses are any text here, one acceptor each.
class SimSwitch {
 public:
  SimSwitch(Fabric& fabric, Scheduler& scheduler);
  ~SimSwitch();

  //   kAlreadyExists  somebody listens there.
  absl::StatusOr<std::shared_ptr<SimAcceptor>> Listen(NodeId host, absl::string_view address);

  // Parks until the connection stands, or `deadline`. Errors as net::Network::Dial's.
  absl::StatusOr<std::shared_ptr<SimEndpoint>> Dial(NodeId from, NodeId to,
                                                    absl::string_view address, Instant deadline);

  // Within `host`, past its network.
  absl::StatusOr<std::shared_ptr<SimEndpoint>> DialLocally(NodeId host, absl::string_view address,
                                                           Instant deadline);

  bool Listens(absl::string_view address) const { return acceptors_.contains(address); }

  // The host's process is gone: nobody listens there any more, nor is bound, its connections are
  // reset, or fall silent.
  void OnHostDown(NodeId host, bool silent);

  // `host`'s ends of its connections with `peer` are broken, as by a reset. The other ends are not
  // told: they learn of it when they write.
  void ResetStreams(NodeId host, NodeId peer);

  // What goes without a connection.
  SimDatagrams& datagrams() { return datagrams_; }

  Fabric& fabric() { return fabric_; }
  Scheduler& scheduler() { return scheduler_; }

 private:
  friend class SimAcceptor;
  friend class SimEndpoint;
  friend struct PacketReturn;
  class Dialling;

  static constexpr size_t kEndpointsKept = 64;

  absl::StatusOr<std::shared_ptr<SimEndpoint>> Dial(Fabric::Link& there, Fabric::Link& back,
                                                    absl::string_view address, Instant deadline);

  // For OnHostDown.
  void Keep(const std::shared_ptr<SimEndpoint>& endpoint);
  void ForgetGone();

  // A packet that nobody uses, and back: it is let go by its PacketPtr.
  PacketPtr TakePacket(SimEndpoint& from);
  void TakeBack(Packet& packet);

  Fabric& fabric_;
  Scheduler& scheduler_;
  SimDatagrams datagrams_;
  std::vector<std::unique_ptr<Packet>> spare_packets_;  // endpoints give theirs back
  uint64_t next_endpoint_ = 1;
  std::map<uint64_t, std::weak_ptr<SimEndpoint>> endpoints_;  // by number, so in a fixed order
  size_t endpoints_max_ = kEndpointsKept;  // there are more: time to look which are gone
  std::map<std::string, std::shared_ptr<SimAcceptor>, std::less<>> acceptors_;
};

}  // namespace rehearse::sim

#endif  // REHEARSE_SIM_NETWORK_SIM_SWITCH_H_
