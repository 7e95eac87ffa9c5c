// The simulated network keeps the promises of Network, on good links and on bad ones.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rehearse/sim/network/sim_network.h"
#include "rehearse/tests/conformance/network_conformance.h"
#include "rehearse/tests/conformance/remote_conformance.h"
#include "rehearse/tests/conformance/sim_nodes.h"

namespace rehearse::net {
namespace {

class SimNetworkWorld final : public NetworkWorld {
 public:
  explicit SimNetworkWorld(const sim::LinkOptions& links) : nodes_(links) {}

  TwoNodes& nodes() override { return nodes_; }
  Network& network(int node) override { return node == 0 ? first_ : second_; }
  std::string free_address(int node) override {
    return absl::StrCat("/sim/", node == 0 ? "first" : "second", "/", ++ports_);
  }
  std::string refusing_address() override { return "/sim/second/closed"; }
  std::string silent_address() override { return "/sim/silent"; }
  size_t unread_bytes_max() override { return nodes_.fabric().stream_options().window_bytes; }
  std::vector<std::string> log() override { return nodes_.log(); }

 private:
  sim::SimNodes nodes_;
  sim::SimNetwork first_{nodes_.hub(), NodeId{1}};
  sim::SimNetwork second_{nodes_.hub(), NodeId{2}};
  int ports_ = 0;
};

std::unique_ptr<NetworkWorld> Make(const sim::LinkOptions& links) {
  return std::make_unique<SimNetworkWorld>(links);
}

INSTANTIATE_TEST_SUITE_P(
    Sim, NetworkConformance,
    testing::Values(NetworkArm{"OnGoodLinks", [] { return Make(sim::LinkOptions()); }},
                    NetworkArm{"OnBadLinks", [] { return Make(sim::BadLinks()); }}),
    NetworkArmName());

INSTANTIATE_TEST_SUITE_P(
    Sim, RemoteConformance,
    testing::Values(NetworkArm{"OnGoodLinks", [] { return Make(sim::LinkOptions()); }},
                    NetworkArm{"OnBadLinks", [] { return Make(sim::BadLinks()); }}),
    NetworkArmName());

}  // namespace
}  // namespace rehearse::net
