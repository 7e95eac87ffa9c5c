// SecureTcpNetwork keeps the promises of Network, by Noise and by TLS: on the host's sockets, in
// virtual time, and over simulated links.

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
#include "rehearse/tests/conformance/remote_conformance.h"
#include "rehearse/tests/conformance/secure_networks.h"
#include "rehearse/tests/conformance/sim_nodes.h"
#include "rehearse/tests/conformance/virtual_nodes.h"

namespace rehearse::net {
namespace {

// The window of yamux, that of the frames above it, and a chunk or two on their way. Whatever the
// sockets below hold does not count.
constexpr size_t kUnreadBytesMax = size_t{1} << 20;

class LoopbackWorld final : public NetworkWorld {
 public:
  LoopbackWorld(int workers, const std::string& security)
      : nodes_(workers), networks_(nodes_, nodes_.sockets(), nodes_.sockets(), security) {
    silent_.Listen();
  }

  TwoNodes& nodes() override { return nodes_; }
  Network& network(int node) override { return networks_[node]; }
  std::string free_address(int) override { return "/ip4/127.0.0.1/tcp/0"; }
  std::string refusing_address() override {
    return absl::StrCat("/ip4/127.0.0.1/tcp/", refusing_.port());
  }
  std::string silent_address() override {
    return absl::StrCat("/ip4/127.0.0.1/tcp/", silent_.port());
  }
  size_t unread_bytes_max() override { return kUnreadBytesMax; }
  std::vector<std::string> log() override { return nodes_.log().lines(); }

 private:
  LoopbackNodes nodes_;
  HeldPort refusing_{SOCK_STREAM};
  HeldPort silent_{SOCK_STREAM};
  SecureNetworks networks_;
};

class VirtualWorld final : public NetworkWorld {
 public:
  explicit VirtualWorld(const std::string& security)
      : networks_(nodes_, sockets_, sockets_, security) {}

  TwoNodes& nodes() override { return nodes_; }
  Network& network(int node) override { return networks_[node]; }
  SecureNetworks& networks() { return networks_; }
  std::string free_address(int) override { return "/ip4/127.0.0.1/tcp/0"; }
  std::string refusing_address() override { return "/ip4/127.0.0.1/tcp/2"; }
  std::string silent_address() override {
    return absl::StrCat("/ip4/127.0.0.1/tcp/", MemorySockets::kSilentPort);
  }
  size_t unread_bytes_max() override { return kUnreadBytesMax; }
  std::vector<std::string> log() override { return nodes_.log(); }

 private:
  VirtualNodes nodes_;
  MemorySockets sockets_{nodes_.scheduler()};
  SecureNetworks networks_;
};

class SimWorld final : public NetworkWorld {
 public:
  SimWorld(const sim::LinkOptions& links, const std::string& security)
      : nodes_(links), networks_(nodes_, first_sockets_, second_sockets_, security) {}

  TwoNodes& nodes() override { return nodes_; }
  Network& network(int node) override { return networks_[node]; }
  std::string free_address(int node) override { return Address(NodeId{node + 1u}, 0); }
  std::string refusing_address() override { return Address(NodeId{2}, 2); }
  std::string silent_address() override { return Address(sim::kSilentHost, 1); }
  size_t unread_bytes_max() override { return kUnreadBytesMax; }
  std::vector<std::string> log() override { return nodes_.log(); }

 private:
  static std::string Address(NodeId host, int port) {
    return absl::StrCat("/ip4/", sim::SimSockets::IpOf(host), "/tcp/", port);
  }

  sim::SimNodes nodes_;
  sim::SimSockets first_sockets_{nodes_.hub(), NodeId{1}};
  sim::SimSockets second_sockets_{nodes_.hub(), NodeId{2}};
  SecureNetworks networks_;
};

std::vector<NetworkArm> Arms() {
  std::vector<NetworkArm> arms;
  for (const auto& [name, security] :
       {std::pair<std::string, std::string>{"Noise", "/noise"}, {"Tls", "/tls/1.0.0"}}) {
    const std::string chosen = security;
    const int workers = name == "Noise" ? 2 : 1;
    arms.push_back({absl::StrCat(name, "Loopback", workers, "Workers"), [workers, chosen] {
                      return std::make_unique<LoopbackWorld>(workers, chosen);
                    }});
    arms.push_back({absl::StrCat(name, "VirtualTime"),
                    [chosen] { return std::make_unique<VirtualWorld>(chosen); }});
    arms.push_back({absl::StrCat(name, "OnGoodLinks"),
                    [chosen] { return std::make_unique<SimWorld>(sim::LinkOptions(), chosen); }});
    arms.push_back({absl::StrCat(name, "OnBadLinks"),
                    [chosen] { return std::make_unique<SimWorld>(sim::BadLinks(), chosen); }});
  }
  return arms;
}

INSTANTIATE_TEST_SUITE_P(SecureTcp, NetworkConformance, testing::ValuesIn(Arms()),
                         NetworkArmName());
INSTANTIATE_TEST_SUITE_P(SecureTcp, RemoteConformance, testing::ValuesIn(Arms()), NetworkArmName());

// What is its own.
class SecureTcp : public testing::TestWithParam<const char*> {
 protected:
  Libp2pEnds Ends() {
    return {.nodes = world_.nodes(),
            .dialer = world_.networks()[0],
            .listener = world_.networks()[1],
            .listener_id = world_.networks().side(1).id(),
            .dialer_id = world_.networks().side(0).id(),
            .free_address = world_.free_address(1)};
  }

  VirtualWorld world_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(By, SecureTcp, testing::Values("/noise", "/tls/1.0.0"),
                         [](const auto& info) { return info.index == 0 ? "Noise" : "Tls"; });

TEST_P(SecureTcp, ListenersAddressNamesThePeer) { ListenersAddressNamesThePeer(Ends()); }

TEST_P(SecureTcp, TalksToNobodyElse) { TalksToNobodyElse(Ends()); }

TEST_P(SecureTcp, StreamsShareAConnection) { StreamsShareAConnection(Ends()); }

TEST_P(SecureTcp, ServesAndOpensOtherProtocols) { ServesAndOpensOtherProtocols(Ends()); }

TEST_P(SecureTcp, SaysWhoItIsAndWhereItListens) { SaysWhoItIsAndWhereItListens(Ends()); }

TEST_P(SecureTcp, DialsAnewWhenTheConnectionIsGone) { DialsAnewWhenTheConnectionIsGone(Ends()); }

}  // namespace
}  // namespace rehearse::net
