// TcpNetwork keeps the promises of Network: on the host's sockets, and in virtual time.

#include <sys/socket.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rehearse/net/socket/testing/memory_sockets.h"
#include "rehearse/net/tcp/tcp_network.h"
#include "rehearse/tests/conformance/held_port.h"
#include "rehearse/tests/conformance/loopback_nodes.h"
#include "rehearse/tests/conformance/network_conformance.h"
#include "rehearse/tests/conformance/remote_conformance.h"
#include "rehearse/tests/conformance/virtual_nodes.h"

namespace rehearse::net {
namespace {

// Both nodes' networks; ends when their fibers have ended.
class TcpNetworks {
 public:
  TcpNetworks(TwoNodes& nodes, Sockets& sockets)
      : nodes_(nodes), first_(sockets, nodes.node(0)), second_(sockets, nodes.node(1)) {}
  ~TcpNetworks() {
    nodes_.Run([this] { EXPECT_TRUE(first_.AwaitFibers(Instant::Infinite()).ok()); },
               [this] { EXPECT_TRUE(second_.AwaitFibers(Instant::Infinite()).ok()); });
  }

  TcpNetwork& operator[](int node) { return node == 0 ? first_ : second_; }

 private:
  TwoNodes& nodes_;
  TcpNetwork first_;
  TcpNetwork second_;
};

class TcpLoopbackWorld final : public NetworkWorld {
 public:
  explicit TcpLoopbackWorld(int workers) : nodes_(workers), networks_(nodes_, nodes_.sockets()) {
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
  // What Linux may hold on both sides, by its default limits, and more than enough.
  size_t unread_bytes_max() override { return size_t{256} << 20; }
  std::vector<std::string> log() override { return nodes_.log().lines(); }

 private:
  LoopbackNodes nodes_;
  HeldPort refusing_{SOCK_STREAM};
  HeldPort silent_{SOCK_STREAM};
  TcpNetworks networks_;
};

class TcpVirtualWorld final : public NetworkWorld {
 public:
  TwoNodes& nodes() override { return nodes_; }
  Network& network(int node) override { return networks_[node]; }
  std::string free_address(int) override { return "/ip4/127.0.0.1/tcp/0"; }
  std::string refusing_address() override { return "/ip4/127.0.0.1/tcp/2"; }
  std::string silent_address() override {
    return absl::StrCat("/ip4/127.0.0.1/tcp/", MemorySockets::kSilentPort);
  }
  // The stream's window, a chunk on its way, and the socket's window.
  size_t unread_bytes_max() override { return size_t{(256 + 64 + 64) << 10}; }
  std::vector<std::string> log() override { return nodes_.log(); }

 private:
  VirtualNodes nodes_;
  MemorySockets sockets_{nodes_.scheduler()};
  TcpNetworks networks_{nodes_, sockets_};
};

NetworkArm Workers(int workers) {
  return {absl::StrCat("Loopback", workers, "Workers"),
          [workers] { return std::make_unique<TcpLoopbackWorld>(workers); }};
}

INSTANTIATE_TEST_SUITE_P(
    Tcp, NetworkConformance,
    testing::Values(Workers(1), Workers(2),
                    NetworkArm{"VirtualTime", [] { return std::make_unique<TcpVirtualWorld>(); }}),
    NetworkArmName());

INSTANTIATE_TEST_SUITE_P(
    Tcp, RemoteConformance,
    testing::Values(Workers(1), Workers(2),
                    NetworkArm{"VirtualTime", [] { return std::make_unique<TcpVirtualWorld>(); }}),
    NetworkArmName());

}  // namespace
}  // namespace rehearse::net
