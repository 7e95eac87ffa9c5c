// The host's multicast and the simulated one keep the promises of Multicast.

#include <memory>
#include <string>

#include "rehearse/net/socket/posix_multicast.h"
#include "rehearse/sim/network/sim_multicast.h"
#include "rehearse/tests/conformance/loopback_nodes.h"
#include "rehearse/tests/conformance/multicast_conformance.h"
#include "rehearse/tests/conformance/sim_nodes.h"

namespace rehearse::net {
namespace {

class PosixMulticastWorld final : public MulticastWorld {
 public:
  // A port that was free for connections is one that nobody else thinks of.
  explicit PosixMulticastWorld(int workers) : nodes_(workers) {
    nodes_.Run(
        [this] {
          auto bound = nodes_.sockets().Bind({"127.0.0.1", 0});
          ASSERT_TRUE(bound.ok()) << bound.status();
          port_ = (*bound)->address().port;
        },
        [] {});
  }

  TwoNodes& nodes() override { return nodes_; }
  Multicast& multicast(int) override { return nodes_.multicast(); }
  SocketAddress group() override { return {"239.255.53.53", port_}; }
  SocketAddress other_group() override { return {"239.255.53.54", port_}; }

 private:
  LoopbackNodes nodes_;
  uint16_t port_ = 0;
};

class SimMulticastWorld final : public MulticastWorld {
 public:
  explicit SimMulticastWorld(const sim::LinkOptions& links) : nodes_(links) {}

  TwoNodes& nodes() override { return nodes_; }
  Multicast& multicast(int node) override { return node == 0 ? first_ : second_; }
  SocketAddress group() override { return {"224.0.0.251", 5353}; }
  SocketAddress other_group() override { return {"224.0.0.252", 5353}; }

 private:
  sim::SimNodes nodes_;
  sim::SimMulticast first_{nodes_.hub().datagrams(), NodeId{1}};
  sim::SimMulticast second_{nodes_.hub().datagrams(), NodeId{2}};
};

template <typename World, typename Argument>
std::function<std::unique_ptr<MulticastWorld>()> Make(Argument argument) {
  return [argument] { return std::make_unique<World>(argument); };
}

INSTANTIATE_TEST_SUITE_P(Posix, MulticastConformance,
                         testing::Values(MulticastArm{"OneWorker", Make<PosixMulticastWorld>(1)},
                                         MulticastArm{"TwoWorkers", Make<PosixMulticastWorld>(2)}),
                         MulticastArmName());

INSTANTIATE_TEST_SUITE_P(
    Sim, MulticastConformance,
    testing::Values(MulticastArm{"GoodLinks", Make<SimMulticastWorld>(sim::LinkOptions())},
                    MulticastArm{"BadLinks", Make<SimMulticastWorld>(sim::BadLinks())}),
    MulticastArmName());

}  // namespace
}  // namespace rehearse::net
