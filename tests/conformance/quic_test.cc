// QuicNetwork keeps the promises of Network: on the host's sockets, in virtual time, and over
// simulated links.

#include <sys/socket.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rehearse/net/socket/testing/memory_sockets.h"
#include "rehearse/sim/network/sim_sockets.h"
#include "rehearse/tests/conformance/held_port.h"
#include "rehearse/tests/conformance/libp2p_claims.h"
#include "rehearse/tests/conformance/loopback_nodes.h"
#include "rehearse/tests/conformance/network_conformance.h"
#include "rehearse/tests/conformance/quic_networks.h"
#include "rehearse/tests/conformance/remote_conformance.h"
#include "rehearse/tests/conformance/sim_nodes.h"
#include "rehearse/tests/conformance/virtual_nodes.h"

namespace rehearse::net {
namespace {

// The windows of a stream, there and here, that of the frames above it, and a chunk or two on their
// way.
constexpr size_t kUnreadBytesMax = size_t{1} << 20;

std::string QuicAt(const std::string& ip, int port) {
  return absl::StrCat("/ip4/", ip, "/udp/", port, "/quic-v1");
}

// Nobody answers on datagrams' ports, so that to be refused takes as long as the patience.
QuicNetworkOptions Hasty() {
  QuicNetworkOptions options;
  options.quic.handshake_timeout = absl::Seconds(2);
  return options;
}

class LoopbackWorld final : public NetworkWorld {
 public:
  explicit LoopbackWorld(int workers)
      : nodes_(workers), networks_(nodes_, nodes_.sockets(), nodes_.sockets(), 1, Hasty()) {}

  TwoNodes& nodes() override { return nodes_; }
  Network& network(int node) override { return networks_[node]; }
  std::string free_address(int) override { return QuicAt("127.0.0.1", 0); }
  std::string refusing_address() override { return QuicAt("127.0.0.1", refusing_.port()); }
  std::string silent_address() override { return QuicAt("127.0.0.1", silent_.port()); }
  size_t unread_bytes_max() override { return kUnreadBytesMax; }
  std::vector<std::string> log() override { return nodes_.log().lines(); }

 private:
  LoopbackNodes nodes_;
  HeldPort refusing_{SOCK_DGRAM};
  HeldPort silent_{SOCK_DGRAM};
  QuicNetworks networks_;
};

class VirtualWorld final : public NetworkWorld {
 public:
  VirtualWorld() : networks_(nodes_, sockets_, sockets_) {}

  TwoNodes& nodes() override { return nodes_; }
  Network& network(int node) override { return networks_[node]; }
  QuicNetworks& networks() { return networks_; }
  std::string free_address(int) override { return QuicAt("127.0.0.1", 0); }
  std::string refusing_address() override { return QuicAt("127.0.0.1", 2); }
  std::string silent_address() override { return QuicAt("127.0.0.1", 1); }
  size_t unread_bytes_max() override { return kUnreadBytesMax; }
  std::vector<std::string> log() override { return nodes_.log(); }

 private:
  VirtualNodes nodes_;
  MemorySockets sockets_{nodes_.scheduler()};
  QuicNetworks networks_;
};

class SimWorld final : public NetworkWorld {
 public:
  explicit SimWorld(const sim::LinkOptions& links)
      : nodes_(links), networks_(nodes_, first_sockets_, second_sockets_) {}

  TwoNodes& nodes() override { return nodes_; }
  Network& network(int node) override { return networks_[node]; }
  QuicNetworks& networks() { return networks_; }
  std::string free_address(int node) override { return At(NodeId{node + 1u}, 0); }
  std::string refusing_address() override { return At(NodeId{2}, 2); }
  std::string silent_address() override { return At(sim::kSilentHost, 1); }
  size_t unread_bytes_max() override { return kUnreadBytesMax; }
  std::vector<std::string> log() override { return nodes_.log(); }

 private:
  static std::string At(NodeId host, int port) { return QuicAt(sim::SimSockets::IpOf(host), port); }

  sim::SimNodes nodes_;
  sim::SimSockets first_sockets_{nodes_.hub(), NodeId{1}};
  sim::SimSockets second_sockets_{nodes_.hub(), NodeId{2}};
  QuicNetworks networks_;
};

std::vector<NetworkArm> Arms() {
  std::vector<NetworkArm> arms;
  for (const int workers : {1, 2}) {
    arms.push_back({absl::StrCat("Loopback", workers, "Workers"),
                    [workers] { return std::make_unique<LoopbackWorld>(workers); }});
  }
  arms.push_back({"VirtualTime", [] { return std::make_unique<VirtualWorld>(); }});
  arms.push_back({"OnGoodLinks", [] { return std::make_unique<SimWorld>(sim::LinkOptions()); }});
  arms.push_back({"OnBadLinks", [] { return std::make_unique<SimWorld>(sim::BadLinks()); }});
  return arms;
}

INSTANTIATE_TEST_SUITE_P(Quic, NetworkConformance, testing::ValuesIn(Arms()), NetworkArmName());
INSTANTIATE_TEST_SUITE_P(Quic, RemoteConformance, testing::ValuesIn(Arms()), NetworkArmName());

// What is its own.
class Quic : public testing::Test {
 protected:
  Libp2pEnds Ends() {
    return {.nodes = world_.nodes(),
            .dialer = world_.networks()[0],
            .listener = world_.networks()[1],
            .listener_id = world_.networks().peer(1).id(),
            .dialer_id = world_.networks().peer(0).id(),
            .free_address = world_.free_address(1)};
  }

  SimWorld world_{sim::LinkOptions()};
};

TEST_F(Quic, ListenersAddressNamesThePeer) { ListenersAddressNamesThePeer(Ends()); }

TEST_F(Quic, TalksToNobodyElse) {
  TalksToNobodyElse(Ends());
  EXPECT_EQ(world_.networks()[1].counters().lost_in_handshake, 1u);
}

TEST_F(Quic, StreamsShareAConnection) {
  StreamsShareAConnection(Ends());
  EXPECT_EQ(world_.networks()[1].counters().accepted, 1u);
}

TEST_F(Quic, ServesAndOpensOtherProtocols) { ServesAndOpensOtherProtocols(Ends()); }

TEST_F(Quic, SaysWhoItIsAndWhereItListens) { SaysWhoItIsAndWhereItListens(Ends()); }

TEST_F(Quic, DialsAnewWhenTheConnectionIsGone) {
  DialsAnewWhenTheConnectionIsGone(Ends());
  EXPECT_EQ(world_.networks()[1].counters().accepted, 2u);
}

}  // namespace
}  // namespace rehearse::net
