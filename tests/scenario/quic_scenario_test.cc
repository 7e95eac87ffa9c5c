// QUIC's endpoints in trouble: floods of strangers, peers that vanish or forget, NATs that do, and
// links that take no large packet. The very code that ships, in virtual time.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/crypto/testing/seeded_entropy.h"
#include "rehearse/net/identity/identity.h"
#include "rehearse/net/libp2p/tls/tls_keys.h"
#include "rehearse/net/network.h"
#include "rehearse/net/quic/quic_network.h"
#include "rehearse/net/socket/node_sockets.h"
#include "rehearse/sim/network/sim_sockets.h"
#include "rehearse/sim/world/world.h"
#include "rehearse/tests/conformance/quic_networks.h"
#include "rehearse/tests/conformance/sim_nodes.h"

namespace rehearse::net {
namespace {

constexpr NodeId kDialer{1};
constexpr NodeId kListener{2};
constexpr int kFrames = 32;
constexpr size_t kFrameBytes = size_t{64} << 10;

class QuicScenario : public testing::Test {
 protected:
  using StreamPtr = std::unique_ptr<Stream>;

  // Both nodes', with `options`; the links are as SetLinks says.
  void Make(const QuicNetworkOptions& options = QuicNetworkOptions()) {
    networks_ =
        std::make_unique<QuicNetworks>(nodes_, sockets_[0], sockets_[1], /*seed=*/1, options);
  }
  void SetLinks(const sim::LinkOptions& links) { nodes_.fabric().SetLinks(links); }
  QuicNetwork& dialer() { return (*networks_)[0]; }
  QuicNetwork& listener() { return (*networks_)[1]; }

  static std::string ListenAddress() {
    return absl::StrCat("/ip4/", sim::SimSockets::IpOf(kListener), "/udp/4001/quic-v1");
  }

  // The listener answers each frame with itself, until the dialler has returned.
  void RunWithEcho(const std::function<void()>& dial) {
    Event done;
    nodes_.Run(
        [&] {
          Pass(absl::Milliseconds(1));
          dial();
          done.Set();
        },
        [&] {
          const auto listening = *listener().Listen(ListenAddress());
          Beside echo([&] {
            while (true) {
              auto stream = listening->Accept();
              if (!stream.ok()) return;
              Echo(**stream);
            }
          });
          done.Await();
          listening->Close();
          echo.Join();
        });
  }
  static void Echo(Stream& stream) {
    while (true) {
      absl::StatusOr<std::string> frame = stream.Read();
      if (!frame.ok() || !stream.Write(*std::move(frame)).ok()) return;
    }
  }

  StreamPtr Dial() {
    auto stream = dialer().Dial(ListenAddress(), In(absl::Seconds(60)));
    EXPECT_TRUE(stream.ok()) << stream.status();
    return stream.ok() ? *std::move(stream) : nullptr;
  }
  // `frames` there and back; they come as they went.
  static void Exchange(Stream& stream, int frames = kFrames) {
    Beside writer([&] {
      for (int i = 0; i < frames; ++i) {
        EXPECT_TRUE(stream.Write(std::string(kFrameBytes, static_cast<char>('a' + i))).ok());
      }
    });
    for (int i = 0; i < frames; ++i) {
      const auto frame = stream.Read();
      EXPECT_TRUE(frame.ok()) << frame.status();
      if (!frame.ok()) break;
      EXPECT_TRUE(*frame == std::string(kFrameBytes, static_cast<char>('a' + i)));
    }
    writer.Join();
  }

  sim::SimNodes nodes_{{.latency = {.min = absl::Milliseconds(10), .max = absl::Milliseconds(20)}}};
  sim::SimSockets sockets_[2] = {{nodes_.hub(), kDialer}, {nodes_.hub(), kListener}};
  std::unique_ptr<QuicNetworks> networks_;
};

TEST_F(QuicScenario, InACrowdWhoDialsProvesItsAddressFirst) {
  QuicNetworkOptions crowded;
  crowded.quic.handshakes_before_retry = 0;
  Make(crowded);
  SetLinks({.latency = {.max = absl::Milliseconds(20)}, .loss = {1, 10}});
  RunWithEcho([&] {
    if (const StreamPtr stream = Dial()) Exchange(*stream, 1);
  });
  EXPECT_GE(listener().counters().retries, 1u);
  EXPECT_EQ(listener().counters().accepted, 1u);
}

TEST_F(QuicScenario, AVanishedPeerIsNoticedWithinTheIdleTimeout) {
  Make();
  RunWithEcho([&] {
    const StreamPtr stream = Dial();
    ASSERT_NE(stream, nullptr);
    Exchange(*stream, 1);
    nodes_.fabric().Block(kListener, kDialer);
    nodes_.fabric().Block(kDialer, kListener);
    const Instant begin = In(absl::ZeroDuration());
    const absl::Status over = stream->Read().status();
    EXPECT_TRUE(absl::IsUnavailable(over)) << over;
    EXPECT_TRUE(absl::StrContains(over.message(), "silent for 30s")) << over;
    EXPECT_LT(In(absl::ZeroDuration()) - begin, absl::Milliseconds(30'500));
  });
}

TEST_F(QuicScenario, AnIdleStreamOutlivesAnHourOfSilence) {
  Make();
  RunWithEcho([&] {
    const StreamPtr stream = Dial();
    ASSERT_NE(stream, nullptr);
    Pass(absl::Minutes(50));
    Exchange(*stream, 1);
  });
  EXPECT_EQ(listener().counters().accepted, 1u);
}

TEST_F(QuicScenario, ANatThatForgetsAgainAndAgainBreaksNothing) {
  Make();
  RunWithEcho([&] {
    const StreamPtr stream = Dial();
    ASSERT_NE(stream, nullptr);
    Exchange(*stream, 1);
    for (int i = 0; i < 5; ++i) {
      nodes_.hub().datagrams().Rebind(kDialer);
      Exchange(*stream);
      Pass(absl::Seconds(20));  // only keeping alive finds it out
    }
  });
  EXPECT_EQ(listener().counters().accepted, 1u);
  EXPECT_EQ(listener().counters().resets, 0u);
}

TEST_F(QuicScenario, APeerThatNeverEndsItsSideHoldsNobodyUpForLong) {
  Make();
  RunWithEcho([&] {
    ASSERT_NE(Dial(), nullptr);
    nodes_.fabric().Block(kListener, kDialer);
    const Instant begin = In(absl::ZeroDuration());
    EXPECT_TRUE(dialer().AwaitFibers(Instant::Infinite()).ok());
    EXPECT_LT(In(absl::ZeroDuration()) - begin, absl::Seconds(7));
    nodes_.fabric().Unblock(kListener, kDialer);
  });
}

TEST_F(QuicScenario, PacketsGrowAsFarAsThePathTakesThem) {
  const auto packets = [this](uint32_t mtu) {
    Make();
    SetLinks({.latency = {.min = absl::Milliseconds(10), .max = absl::Milliseconds(10)},
              .mtu_bytes = mtu});
    RunWithEcho([&] {
      if (const StreamPtr stream = Dial()) Exchange(*stream);
    });
    return listener().counters().packets_in;
  };
  const uint64_t small = packets(1200);
  const uint64_t lost = nodes_.fabric().counters().too_large;
  EXPECT_GT(lost, 0u);  // it asked
  const uint64_t large = packets(0);
  EXPECT_EQ(nodes_.fabric().counters().too_large, lost);
  EXPECT_LT(large * 110, small * 100);
}

TEST_F(QuicScenario, WhereNoPacketOfQuicFitsTheDiallerIsToldInTime) {
  Make();
  SetLinks({.mtu_bytes = 1199});
  RunWithEcho([&] {
    const Instant begin = In(absl::ZeroDuration());
    const absl::Status status = dialer().Dial(ListenAddress(), Instant::Infinite()).status();
    EXPECT_TRUE(absl::IsUnavailable(status)) << status;
    EXPECT_LE(In(absl::ZeroDuration()) - begin, absl::Milliseconds(10'500));
  });
}

TEST_F(QuicScenario, WhoIsNotOnTheListIsRefusedByEitherSide) {
  Make();
  const PeerId ids[] = {networks_->peer(0).id(), networks_->peer(1).id()};
  for (const int allowed : {0, 1}) {
    QuicNetworkOptions options;
    options.admission.allowed =
        std::make_shared<const std::set<PeerId>>(std::set<PeerId>{ids[allowed]});
    Make(options);
    RunWithEcho([&] {
      const absl::Status refused = dialer().Dial(ListenAddress(), In(absl::Seconds(9))).status();
      EXPECT_TRUE(absl::IsUnavailable(refused)) << refused;
      Pass(absl::Seconds(1));
    });
    EXPECT_EQ(listener().counters().refused_peer, allowed == 1 ? 1u : 0u);
  }
}

TEST_F(QuicScenario, DamagedPacketsBreakNothing) {
  Make();
  SetLinks({.latency = {.min = absl::Milliseconds(10), .max = absl::Milliseconds(20)},
            .corrupt = {1, 50}});
  RunWithEcho([&] {
    if (const StreamPtr stream = Dial()) Exchange(*stream);
  });
  EXPECT_GT(nodes_.fabric().counters().corrupted, 0u);
  EXPECT_EQ(listener().counters().accepted, 1u);
}

TEST_F(QuicScenario, DiallersThatGoSilentInTheirHandshakeAreForgotten) {
  QuicNetworkOptions options;
  options.admission.connections_max = 1;
  Make(options);
  RunWithEcho([&] {
    // Its first packet arrives, and no answer.
    nodes_.fabric().Block(kListener, kDialer);
    EXPECT_FALSE(dialer().Dial(ListenAddress(), In(absl::Seconds(1))).ok());
    Pass(absl::Seconds(15));
    nodes_.fabric().Unblock(kListener, kDialer);
    EXPECT_NE(Dial(), nullptr);
  });
  EXPECT_EQ(listener().counters().accepted, 1u);
  EXPECT_GE(listener().counters().lost_in_handshake, 1u);
}

// A node's network; each of its lives has the same identity, as from a file.
class Host {
 public:
  Host(Node& node, uint64_t seed)
      : entropy_(seed),
        tls_(*TlsKeys::Make(identity_, entropy_, *node.clock().WallTime())),
        network_(*QuicNetwork::Make(SocketsOf(node), node, {identity_, entropy_, *tls_})) {}

  QuicNetwork& network() { return *network_; }

 private:
  SeededEntropy entropy_;
  const Identity identity_ = Identity::Generate(entropy_);
  const std::unique_ptr<TlsKeys> tls_;
  const std::unique_ptr<QuicNetwork> network_;
};

struct Told {
  std::string address;
  absl::Status over;
  absl::Duration took;
};

absl::Status KeepStreams(Node& node, Told& told) {
  Host host(node, /*seed=*/5);
  const std::string own =
      absl::StrCat("/ip4/", sim::SimSockets::IpOf(node.id()), "/udp/4001/quic-v1");
  REHEARSE_ASSIGN_OR_RETURN(const auto listener, host.network().Listen(own));
  told.address = listener->address();
  std::vector<std::unique_ptr<Stream>> streams;
  while (true) {
    REHEARSE_ASSIGN_OR_RETURN(auto stream, listener->Accept());
    streams.push_back(std::move(stream));
  }
}

absl::Status AwaitTheEnd(Node& node, Told& told) {
  Host host(node, /*seed=*/6);
  {
    REHEARSE_ASSIGN_OR_RETURN(const auto stream,
                              host.network().Dial(told.address, Instant::Infinite()));
    told.over = stream->Read().status();
    told.took = node.DeadlineIn(absl::ZeroDuration()) - Instant();
  }
  return host.network().AwaitFibers(Instant::Infinite());
}

TEST(QuicRestart, WhoHasForgottenAConnectionSaysSoAndIsBelieved) {
  sim::World world{{.seed = 3}};
  Told& told = world.Shared<Told>();
  const auto server = world.AddNode("server", [&](Node& node) { return KeepStreams(node, told); });
  world.RunFor(absl::Seconds(1));
  world.AddNode("client", [&](Node& node) { return AwaitTheEnd(node, told); });
  world.RunFor(absl::Seconds(1));
  world.Crash(server);
  world.Restart(server);
  world.RunFor(absl::Minutes(1));
  EXPECT_TRUE(absl::IsUnavailable(told.over)) << told.over;
  EXPECT_TRUE(absl::StrContains(told.over.message(), "has forgotten")) << told.over;
  // It found out when it asked whether the other is there, not by its silence.
  EXPECT_LT(told.took, absl::Seconds(15));
}

}  // namespace
}  // namespace rehearse::net
