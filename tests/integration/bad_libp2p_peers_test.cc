// What a SecureTcpNetwork does about peers of all bad kinds, on the host's loopback: each is
// refused, counted and told about; a good peer's pings are answered all the while; memory stays
// where it was.

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "rehearse/net/multiaddr.h"
#include "rehearse/tests/conformance/bad_libp2p_peers.h"
#include "rehearse/tests/conformance/loopback_nodes.h"
#include "rehearse/tests/conformance/secure_networks.h"
#include "rehearse/tests/conformance/siege.h"
#include "rehearse/tests/integration/bad_peer_runner.h"

namespace rehearse::net {
namespace {

// Under a sanitizer, or beside a siege, a handshake takes its time.
constexpr absl::Duration kPatience = absl::Seconds(2);
constexpr absl::Duration kPingPatience = absl::Seconds(20);

SecureTcpOptions Impatient() {
  SecureTcpOptions options;
  options.tcp.handshake_timeout = kPatience;
  options.tcp.partial_frame_timeout = kPatience;
  // Later than all else that ends a peer, which is to be refused for what it does, not for silence.
  options.muxed.ping_interval = 2 * kPatience;
  options.muxed.idle_timeout = absl::Milliseconds(20);
  options.muxed.incoming_idle_timeout = kPatience;
  options.admission.handshakes_per_second_max = 1000000;
  options.admission.handshakes_of_address_per_second_max = 1000000;
  return options;
}

// The second node serves, the first is good.
class BadLibp2pPeersTest : public testing::Test {
 protected:
  void SetUp() override { Listen(Impatient()); }
  void TearDown() override {
    nodes_.Run([this] { EXPECT_TRUE(client_->network().AwaitFibers(Instant::Infinite()).ok()); },
               [this] {
                 listener_->Close();
                 reading_->Join();
                 reading_.reset();
                 listener_.reset();
                 EXPECT_TRUE(server_->network().AwaitFibers(Instant::Infinite()).ok());
               });
  }

  void Listen(SecureTcpOptions options) {
    nodes_.Run(
        [&] {
          client_ = std::make_unique<SecureSide>(nodes_.sockets(), nodes_.node(0), 1, Impatient());
        },
        [&] {
          server_ =
              std::make_unique<SecureSide>(nodes_.sockets(), nodes_.node(1), 2, std::move(options));
          listener_ = *server_->network().Listen("/ip4/127.0.0.1/tcp/0");
          // Reads one stream after the other, to its end.
          reading_ = std::make_unique<Beside>([this] {
            for (auto stream = listener_->Accept(); stream.ok(); stream = listener_->Accept()) {
              while ((*stream)->Read().ok()) {
              }
            }
          });
        });
  }

  uint16_t port() const {
    uint32_t port = 0;
    EXPECT_TRUE(absl::SimpleAtoi(Multiaddr::Parse(listener_->address())->parts[1].value, &port));
    return static_cast<uint16_t>(port);
  }
  TcpCounters counters() const { return server_->network().counters(); }

  absl::StatusOr<absl::Duration> Ping() {
    absl::StatusOr<absl::Duration> taken = absl::UnknownError("");
    nodes_.Run([&] { taken = PingOnce(); }, [] {});
    return taken;
  }
  absl::StatusOr<absl::Duration> PingOnce() {
    return client_->network().Ping(listener_->address(), In(kPingPatience));
  }

  // Waits until the server's counter is at least `count`; a minute at most, for the host may be
  // busy with others.
  uint64_t Await(uint64_t TcpCounters::*counter, uint64_t count) {
    nodes_.Run([] {},
               [&] {
                 for (int i = 0; i < 6000 && counters().*counter < count; ++i) {
                   Pass(absl::Milliseconds(10));
                 }
               });
    return counters().*counter;
  }

  std::string AllLogged() { return absl::StrJoin(nodes_.log().lines(), "\n"); }

  LoopbackNodes nodes_{2};
  std::unique_ptr<SecureSide> client_;
  std::unique_ptr<SecureSide> server_;
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<Beside> reading_;
};

TEST_F(BadLibp2pPeersTest, EachKindIsRefusedCountedAndToldAbout) {
  TearDown();
  SecureTcpOptions options = Impatient();
  options.tcp.refusal_lines_per_second = 1000;  // so that no line is left out
  Listen(options);
  const BadLibp2pPeers bad(HostWallTime());
  for (const BadLibp2pPeer& kind : bad.kinds()) {
    SCOPED_TRACE(kind.name);
    const uint64_t before = kind.counter == nullptr ? 0 : counters().*kind.counter;
    const size_t lines_before = nodes_.log().lines().size();
    EXPECT_EQ(RunBadPeers(port(), {.count = 3}, [&](int) { return kind.make(); }), 3);
    if (kind.counter == nullptr) continue;
    EXPECT_GE(Await(kind.counter, before + 3), before + 3) << AllLogged();
    const std::vector<std::string> lines = nodes_.log().lines();
    EXPECT_TRUE(
        std::any_of(lines.begin() + static_cast<ptrdiff_t>(lines_before), lines.end(),
                    [&](const std::string& line) { return absl::StrContains(line, kind.logged); }))
        << AllLogged();
    const auto taken = Ping();
    EXPECT_TRUE(taken.ok()) << taken.status();
  }
}

TEST_F(BadLibp2pPeersTest, UnderSiegeAGoodPeersPingsAreAnsweredAndMemoryStaysBounded) {
  const BadLibp2pPeers bad(HostWallTime());
  const int peers = BadPeers(2000);
  const auto make = [&](int i) {
    return bad.kinds()[static_cast<size_t>(i) % bad.kinds().size()].make();
  };
  // The first bring what is kept for those that follow: stacks, tables, buffers. They are on a
  // thread of their own as well, which has memory of its own.
  std::thread([&] {
    const int first = std::max(1000, peers / 50);
    EXPECT_EQ(RunBadPeers(port(), {.count = first, .at_once_max = 256}, make), first);
  }).join();
  const MemoryBound memory;
  std::atomic<bool> over{false};
  int refused = 0;
  std::thread siege([&] {
    refused = RunBadPeers(port(), {.count = peers, .at_once_max = 256}, make);
    over = true;
  });
  std::vector<absl::Duration> taken;
  nodes_.Run(
      [&] {
        while (!over) {
          const auto ping = PingOnce();
          ASSERT_TRUE(ping.ok()) << ping.status();
          taken.push_back(*ping);
          Pass(absl::Milliseconds(5));
        }
      },
      [] {});
  siege.join();
  EXPECT_EQ(refused, peers);
  memory.ExpectKept(peers);
  std::sort(taken.begin(), taken.end());
  ASSERT_FALSE(taken.empty());
  const absl::Duration p99 = taken[taken.size() * 99 / 100];
  std::printf("%zu pings of a good peer: median %s, p99 %s, slowest %s\n", taken.size(),
              absl::FormatDuration(taken[taken.size() / 2]).c_str(),
              absl::FormatDuration(p99).c_str(), absl::FormatDuration(taken.back()).c_str());
  EXPECT_LE(p99, absl::Seconds(1));
}

// Many keep many places for long; who comes from elsewhere still finds one.
TEST_F(BadLibp2pPeersTest, OneAddressHasAShareOfThePlacesAlone) {
  TearDown();
  SecureTcpOptions options = Impatient();
  options.admission.connections_of_address_max = 10;
  Listen(options);
  const BadLibp2pPeers bad(HostWallTime());
  const auto silent = std::find_if(bad.kinds().begin(), bad.kinds().end(),
                                   [](const auto& kind) { return kind.name == "Silent"; });
  EXPECT_EQ(RunBadPeers(port(), {.count = 30}, [&](int) { return silent->make(); }), 30);
  EXPECT_EQ(counters().refused_limit, 20u);
  EXPECT_EQ(counters().refused_stalled, 10u);
  EXPECT_TRUE(absl::StrContains(AllLogged(), "10 connections of its address are open"));
  EXPECT_TRUE(Ping().ok());
}

}  // namespace
}  // namespace rehearse::net
