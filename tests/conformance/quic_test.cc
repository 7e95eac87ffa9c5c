// QuicNetwork keeps the promises of Network: on the host's sockets, in virtual time, and over
// simulated links.

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rehearse/net/socket/testing/memory_sockets.h"
#include "rehearse/sim/network/sim_sockets.h"
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
      : nodes_(workers), networks_(nodes_, nodes_.sockets(), nodes_.sockets(), 1, Hasty()) {
    refusing_address_ = Open(refusing_);
    silent_address_ = Open(silent_);
  }
  ~LoopbackWorld() override {
    close(refusing_);
    close(silent_);
  }

  TwoNodes& nodes() override { return nodes_; }
  Network& network(int node) override { return networks_[node]; }
  std::string free_address(int) override { return QuicAt("127.0.0.1", 0); }
  std::string refusing_address() override { return refusing_address_; }
  std::string silent_address() override { return silent_address_; }
  size_t unread_bytes_max() override { return kUnreadBytesMax; }
  std::vector<std::string> log() override { return nodes_.log().lines(); }

 private:
  // Somebody is there, and says nothing.
  static std::string Open(int& fd) {
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
    return QuicAt("127.0.0.1", ntohs(address.sin_port));
  }

  LoopbackNodes nodes_;
  int refusing_ = -1;
  int silent_ = -1;
  std::string refusing_address_;
  std::string silent_address_;
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
  void Run(std::function<void()> first, std::function<void()> second) {
    world_.nodes().Run(std::move(first), std::move(second));
  }
  std::unique_ptr<Listener> Listen() { return *world_.network(1).Listen(world_.free_address(1)); }
  Libp2pEnds Ends() {
    return {.nodes = world_.nodes(),
            .dialer = world_.networks()[0],
            .listener = world_.networks()[1],
            .listener_id = world_.networks().peer(1).id(),
            .free_address = world_.free_address(1)};
  }

  SimWorld world_{sim::LinkOptions()};
};

TEST_F(Quic, ListenersAddressNamesThePeer) {
  Run([] {},
      [&] {
        const auto listener = Listen();
        EXPECT_TRUE(absl::EndsWith(listener->address(),
                                   "/p2p/" + world_.networks().peer(1).id().ToString()))
            << listener->address();
      });
}

TEST_F(Quic, TalksToNobodyElse) {
  Slot<std::string> address;
  Event done;
  Run(
      [&] {
        std::string other = address.Get();
        other.replace(other.find("/p2p/") + 5, std::string::npos,
                      world_.networks().peer(0).id().ToString());
        const absl::Status status = world_.network(0).Dial(other, Instant::Infinite()).status();
        EXPECT_TRUE(absl::IsUnavailable(status)) << status;
        EXPECT_TRUE(absl::StrContains(status.message(), "the peer is ")) << status;
        EXPECT_TRUE(world_.network(0).Dial(address.Get(), Instant::Infinite()).ok());
        done.Set();
      },
      [&] {
        const auto listener = Listen();
        address.Put(listener->address());
        done.Await();
      });
  EXPECT_EQ(world_.networks()[1].counters().lost_in_handshake, 1u);
}

TEST_F(Quic, StreamsShareAConnection) {
  constexpr int kStreams = 50;
  Slot<std::string> address;
  Event done;
  Run(
      [&] {
        std::vector<std::unique_ptr<Stream>> streams;
        for (int i = 0; i < kStreams; ++i) {
          streams.push_back(*world_.network(0).Dial(address.Get(), Instant::Infinite()));
          ASSERT_TRUE(streams.back()->Write(absl::StrCat(i)).ok());
        }
        for (int i = 0; i < kStreams; ++i) EXPECT_EQ(*streams[i]->Read(), absl::StrCat(i, "!"));
        done.Set();
      },
      [&] {
        const auto listener = Listen();
        address.Put(listener->address());
        for (int i = 0; i < kStreams; ++i) {
          const auto stream = *listener->Accept();
          EXPECT_TRUE(absl::StrContains(stream->peer(), "/quic-v1/p2p/")) << stream->peer();
          ASSERT_TRUE(stream->Write(absl::StrCat(*stream->Read(), "!")).ok());
        }
        done.Await();
      });
  EXPECT_EQ(world_.networks()[1].counters().accepted, 1u);
}

TEST_F(Quic, ServesAndOpensOtherProtocols) { ServesAndOpensOtherProtocols(Ends()); }

TEST_F(Quic, SaysWhoItIsAndWhereItListens) { SaysWhoItIsAndWhereItListens(Ends()); }

TEST_F(Quic, DialsAnewWhenTheConnectionIsGone) {
  Slot<std::string> address;
  Event done;
  Run(
      [&] {
        { const auto stream = *world_.network(0).Dial(address.Get(), Instant::Infinite()); }
        Pass(absl::Minutes(5));
        EXPECT_TRUE(world_.network(0).Dial(address.Get(), Instant::Infinite()).ok());
        done.Set();
      },
      [&] {
        const auto listener = Listen();
        address.Put(listener->address());
        { const auto stream = *listener->Accept(); }
        done.Await();
      });
  EXPECT_EQ(world_.networks()[1].counters().accepted, 2u);
}

}  // namespace
}  // namespace rehearse::net
