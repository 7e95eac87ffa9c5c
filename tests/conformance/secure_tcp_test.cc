// SecureTcpNetwork keeps the promises of Network, by Noise and by TLS: on the host's sockets, in
// virtual time, and over simulated links.

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
    refusing_address_ = Open(refusing_);
    silent_address_ = Open(silent_);
    EXPECT_EQ(listen(silent_, 16), 0);  // connected, and nobody says a word
  }
  ~LoopbackWorld() override {
    close(refusing_);
    close(silent_);
  }

  TwoNodes& nodes() override { return nodes_; }
  Network& network(int node) override { return networks_[node]; }
  std::string free_address(int) override { return "/ip4/127.0.0.1/tcp/0"; }
  std::string refusing_address() override { return refusing_address_; }
  std::string silent_address() override { return silent_address_; }
  size_t unread_bytes_max() override { return kUnreadBytesMax; }
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
  void Run(std::function<void()> first, std::function<void()> second) {
    world_.nodes().Run(std::move(first), std::move(second));
  }
  std::unique_ptr<Listener> Listen() { return *world_.network(1).Listen(world_.free_address(1)); }
  Libp2pEnds Ends() {
    return {.nodes = world_.nodes(),
            .dialer = world_.networks()[0],
            .listener = world_.networks()[1],
            .listener_id = world_.networks().side(1).id(),
            .free_address = world_.free_address(1)};
  }

  VirtualWorld world_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(By, SecureTcp, testing::Values("/noise", "/tls/1.0.0"),
                         [](const auto& info) { return info.index == 0 ? "Noise" : "Tls"; });

TEST_P(SecureTcp, ListenersAddressNamesThePeer) {
  Run([] {},
      [&] {
        const auto listener = Listen();
        EXPECT_TRUE(absl::EndsWith(listener->address(),
                                   "/p2p/" + world_.networks().side(1).id().ToString()))
            << listener->address();
      });
}

TEST_P(SecureTcp, TalksToNobodyElse) {
  Slot<std::string> address;
  Event done;
  Run(
      [&] {
        std::string other = address.Get();
        other.replace(other.find("/p2p/") + 5, std::string::npos,
                      world_.networks().side(0).id().ToString());
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
}

TEST_P(SecureTcp, StreamsShareAConnection) {
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
        std::string first_peer;
        for (int i = 0; i < kStreams; ++i) {
          const auto stream = *listener->Accept();
          if (i == 0) first_peer = stream->peer();
          EXPECT_EQ(stream->peer(), first_peer);  // the same port: the same connection
          ASSERT_TRUE(stream->Write(absl::StrCat(*stream->Read(), "!")).ok());
        }
        done.Await();
      });
}

TEST_P(SecureTcp, ServesAndOpensOtherProtocols) { ServesAndOpensOtherProtocols(Ends()); }

TEST_P(SecureTcp, SaysWhoItIsAndWhereItListens) { SaysWhoItIsAndWhereItListens(Ends()); }

TEST_P(SecureTcp, DialsAnewWhenTheConnectionIsGone) {
  Slot<std::string> address;
  Event again, done;
  Run(
      [&] {
        { const auto stream = *world_.network(0).Dial(address.Get(), Instant::Infinite()); }
        Pass(absl::Minutes(5));
        again.Set();
        EXPECT_TRUE(world_.network(0).Dial(address.Get(), Instant::Infinite()).ok());
        done.Set();
      },
      [&] {
        const auto listener = Listen();
        address.Put(listener->address());
        done.Await();
      });
}

}  // namespace
}  // namespace rehearse::net
