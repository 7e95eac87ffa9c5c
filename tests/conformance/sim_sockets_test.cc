// The simulated sockets keep the promises of Sockets, and TcpNetwork on them those of Network.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rehearse/net/tcp/tcp_network.h"
#include "rehearse/sim/network/sim_sockets.h"
#include "rehearse/tests/conformance/datagrams_conformance.h"
#include "rehearse/tests/conformance/network_conformance.h"
#include "rehearse/tests/conformance/remote_conformance.h"
#include "rehearse/tests/conformance/sim_nodes.h"
#include "rehearse/tests/conformance/sockets_conformance.h"
#include "rehearse/tests/conformance/unix_conformance.h"

namespace rehearse::net {
namespace {

class SimSocketsWorld final : public SocketsWorld {
 public:
  explicit SimSocketsWorld(const sim::LinkOptions& links) : nodes_(links) {}

  TwoNodes& nodes() override { return nodes_; }
  Sockets& sockets(int node) override { return node == 0 ? first_ : second_; }
  SocketAddress any_port(int node) override {
    return {sim::SimSockets::IpOf(NodeId{static_cast<uint32_t>(node + 1)}), 0};
  }
  SocketAddress refusing() override { return {sim::SimSockets::IpOf(NodeId{2}), 2}; }
  std::optional<SocketAddress> silent() override {
    return SocketAddress{sim::SimSockets::IpOf(sim::kSilentHost), 1};
  }
  SocketAddress foreign() override { return {"192.0.2.1", 0}; }

 private:
  sim::SimNodes nodes_;
  sim::SimSockets first_{nodes_.hub(), NodeId{1}};
  sim::SimSockets second_{nodes_.hub(), NodeId{2}};
};

// Both nodes' programs are on one host.
class SimUnixWorld final : public SocketsWorld {
 public:
  explicit SimUnixWorld(const sim::LinkOptions& links) : nodes_(links) {}

  TwoNodes& nodes() override { return nodes_; }
  Sockets& sockets(int) override { return sockets_; }
  SocketAddress any_port(int) override { return {absl::StrCat("unix:/run/", ++paths_)}; }
  SocketAddress refusing() override { return {"unix:/run/nobody"}; }
  std::optional<SocketAddress> silent() override { return std::nullopt; }
  SocketAddress foreign() override { return {"unix:here"}; }
  bool is_unix() const override { return true; }

 private:
  sim::SimNodes nodes_;
  sim::SimSockets sockets_{nodes_.hub(), NodeId{1}};
  int paths_ = 0;
};

class TcpOnSimSocketsWorld final : public NetworkWorld {
 public:
  explicit TcpOnSimSocketsWorld(const sim::LinkOptions& links) : nodes_(links) {}
  ~TcpOnSimSocketsWorld() override {
    nodes_.Run([this] { EXPECT_TRUE(first_.AwaitFibers(Instant::Infinite()).ok()); },
               [this] { EXPECT_TRUE(second_.AwaitFibers(Instant::Infinite()).ok()); });
  }

  TwoNodes& nodes() override { return nodes_; }
  Network& network(int node) override { return node == 0 ? first_ : second_; }
  std::string free_address(int node) override { return Address(NodeId{node + 1u}, 0); }
  std::string refusing_address() override { return Address(NodeId{2}, 2); }
  std::string silent_address() override { return Address(sim::kSilentHost, 1); }
  // The stream's window, a chunk on its way, and the socket's window.
  size_t unread_bytes_max() override {
    return size_t{(256 + 64) << 10} + nodes_.fabric().stream_options().window_bytes;
  }
  std::vector<std::string> log() override { return nodes_.log(); }

 private:
  static std::string Address(NodeId host, int port) {
    return absl::StrCat("/ip4/", sim::SimSockets::IpOf(host), "/tcp/", port);
  }

  sim::SimNodes nodes_;
  sim::SimSockets first_sockets_{nodes_.hub(), NodeId{1}};
  sim::SimSockets second_sockets_{nodes_.hub(), NodeId{2}};
  TcpNetwork first_{first_sockets_, nodes_.node(0)};
  TcpNetwork second_{second_sockets_, nodes_.node(1)};
};

template <typename World, typename Base>
std::unique_ptr<Base> MakeWorld(const sim::LinkOptions& links) {
  return std::make_unique<World>(links);
}

template <typename World>
std::vector<SocketsArm> SocketsArms() {
  return {{"OnGoodLinks", [] { return MakeWorld<World, SocketsWorld>(sim::LinkOptions()); }},
          {"OnBadLinks", [] { return MakeWorld<World, SocketsWorld>(sim::BadLinks()); }}};
}

const auto kIp = testing::ValuesIn(SocketsArms<SimSocketsWorld>());
INSTANTIATE_TEST_SUITE_P(Sim, SocketsConformance, kIp, SocketsArmName());
INSTANTIATE_TEST_SUITE_P(Sim, DatagramsConformance, kIp, SocketsArmName());

const auto kUnix = testing::ValuesIn(SocketsArms<SimUnixWorld>());
INSTANTIATE_TEST_SUITE_P(SimUnix, SocketsConformance, kUnix, SocketsArmName());
INSTANTIATE_TEST_SUITE_P(SimUnix, DatagramsConformance, kUnix, SocketsArmName());
INSTANTIATE_TEST_SUITE_P(SimUnix, UnixConformance, kUnix, SocketsArmName());

std::vector<NetworkArm> TcpArms() {
  return {{"OnGoodLinks",
           [] { return MakeWorld<TcpOnSimSocketsWorld, NetworkWorld>(sim::LinkOptions()); }},
          {"OnBadLinks",
           [] { return MakeWorld<TcpOnSimSocketsWorld, NetworkWorld>(sim::BadLinks()); }}};
}

INSTANTIATE_TEST_SUITE_P(TcpOnSim, NetworkConformance, testing::ValuesIn(TcpArms()),
                         NetworkArmName());

INSTANTIATE_TEST_SUITE_P(TcpOnSim, RemoteConformance, testing::ValuesIn(TcpArms()),
                         NetworkArmName());

}  // namespace
}  // namespace rehearse::net
