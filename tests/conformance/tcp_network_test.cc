// TcpNetwork keeps the promises of Network: on the host's sockets, and in virtual time.

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "rehearse/net/socket/testing/memory_sockets.h"
#include "rehearse/net/tcp/tcp_network.h"
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
    refusing_address_ = Open(refusing_);
    silent_address_ = Open(silent_);
    EXPECT_EQ(listen(silent_, 16), 0);  // connected, and nobody says a word
  }
  ~TcpLoopbackWorld() override {
    close(refusing_);
    close(silent_);
  }

  TwoNodes& nodes() override { return nodes_; }
  Network& network(int node) override { return networks_[node]; }
  std::string free_address(int) override { return "/ip4/127.0.0.1/tcp/0"; }
  std::string refusing_address() override { return refusing_address_; }
  std::string silent_address() override { return silent_address_; }
  // What Linux may hold on both sides, by its default limits, and more than enough.
  size_t unread_bytes_max() override { return size_t{256} << 20; }
  std::vector<std::string> log() override { return nodes_.log().lines(); }

 private:
  static std::string Open(int& fd) {
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
    return absl::StrCat("/ip4/127.0.0.1/tcp/", ntohs(address.sin_port));
  }

  LoopbackNodes nodes_;
  int refusing_ = -1;
  int silent_ = -1;
  std::string refusing_address_;
  std::string silent_address_;
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
