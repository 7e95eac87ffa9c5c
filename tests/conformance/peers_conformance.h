// What every libp2p network of ours promises about peers: one connection to each, whoever has
// dialled it; found by an id alone; told who we are; gone when nobody uses it; refused if it is
// not wanted.
//
// Times are short, since some worlds are real.

#ifndef REHEARSE_TESTS_CONFORMANCE_PEERS_CONFORMANCE_H_
#define REHEARSE_TESTS_CONFORMANCE_PEERS_CONFORMANCE_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "rehearse/net/identity/peer_id.h"
#include "rehearse/net/libp2p/admission.h"
#include "rehearse/net/libp2p/streams/libp2p_network.h"
#include "rehearse/net/libp2p/unread_budget.h"
#include "rehearse/net/multiaddr.h"
#include "rehearse/tests/conformance/libp2p_claims.h"
#include "rehearse/tests/conformance/two_nodes.h"

namespace rehearse::net {

// Of one node's network.
struct PeerOptions {
  AdmissionOptions admission;
  // What all connections may hold unread.
  UnreadOptions unread;
  // How long a connection without streams is kept, by who has dialled it and by who was dialled.
  absl::Duration unused_timeout = absl::Milliseconds(100);
  absl::Duration incoming_unused_timeout = absl::Minutes(5);
};

// What is counted of bad peers.
struct PeerCounts {
  uint64_t refused_peer = 0;
  uint64_t refused_limit = 0;
  uint64_t refused_streams = 0;
};

// Two nodes, and a network of each while it is made.
class PeersWorld {
 public:
  virtual ~PeersWorld() = default;

  virtual TwoNodes& nodes() = 0;
  // The last one's fibers have ended when it returns.
  virtual void Make(const PeerOptions& first, const PeerOptions& second) = 0;
  virtual void Unmake() = 0;
  virtual Libp2pNetwork& network(int node) = 0;
  virtual const PeerId& id(int node) = 0;
  virtual PeerCounts counts(int node) = 0;
  virtual std::string free_address(int node) = 0;
  virtual std::vector<std::string> log() = 0;
};

struct PeersArm {
  std::string name;
  std::function<std::unique_ptr<PeersWorld>()> make;
};

// Both nodes listen.
class PeersConformance : public testing::TestWithParam<PeersArm> {
 protected:
  void SetUp() override { Begin({}, {}); }
  void TearDown() override {
    nodes().Run([this] { listeners_[0].reset(); }, [this] { listeners_[1].reset(); });
    world_->Unmake();
  }

  void Begin(const PeerOptions& first, const PeerOptions& second) {
    world_->Make(first, second);
    const auto listen = [this](int node) {
      auto listener = network(node).Listen(world_->free_address(node));
      ASSERT_TRUE(listener.ok()) << listener.status();
      listeners_[node] = *std::move(listener);
    };
    nodes().Run([&] { listen(0); }, [&] { listen(1); });
  }
  // Instead of those that were there.
  void BeginAgain(const PeerOptions& first, const PeerOptions& second) {
    TearDown();
    Begin(first, second);
  }

  TwoNodes& nodes() { return world_->nodes(); }
  Libp2pNetwork& network(int node) { return world_->network(node); }
  std::string address(int node) { return listeners_[node]->address(); }
  const PeerId& id(int node) { return world_->id(node); }
  std::string id_address(int node) { return absl::StrCat("/p2p/", id(node).ToString()); }

  std::unique_ptr<Stream> Dial(int from, const std::string& to) {
    auto stream = network(from).Dial(to, Instant::Infinite());
    EXPECT_TRUE(stream.ok()) << stream.status();
    return stream.ok() ? *std::move(stream) : nullptr;
  }
  std::unique_ptr<Stream> Accept(int node) {
    auto stream = listeners_[node]->Accept();
    EXPECT_TRUE(stream.ok()) << stream.status();
    return stream.ok() ? *std::move(stream) : nullptr;
  }

  // Parks until it holds; gives up after a while.
  static bool Comes(const std::function<bool()>& holds) {
    for (int i = 0; i < 2000 && !holds(); ++i) Pass(absl::Milliseconds(10));
    return holds();
  }
  bool IsLogged(const std::string& words) {
    const std::vector<std::string> lines = world_->log();
    return std::any_of(lines.begin(), lines.end(),
                       [&](const std::string& line) { return absl::StrContains(line, words); });
  }

  const std::unique_ptr<PeersWorld> world_ = GetParam().make();
  std::unique_ptr<Listener> listeners_[2];
};

TEST_P(PeersConformance, APingIsAnswered) {
  nodes().Run(
      [&] {
        const auto taken = network(0).Ping(address(1), Instant::Infinite());
        ASSERT_TRUE(taken.ok()) << taken.status();
        EXPECT_LT(*taken, absl::Seconds(10));
      },
      [] {});
}

TEST_P(PeersConformance, IdentifySaysWhoWhereAndWhat) {
  nodes().Run(
      [&] {
        EXPECT_FALSE(network(0).Known(id(1)).has_value());
        const auto said = network(0).Identify(address(1), Instant::Infinite());
        ASSERT_TRUE(said.ok()) << said.status();
        EXPECT_EQ(said->public_key->peer_id(), id(1));
        EXPECT_EQ(said->listen_addresses,
                  std::vector<Multiaddr>{Multiaddr::Parse(address(1))->WithoutPeer()});
        for (const char* const protocol :
             {"/ipfs/ping/1.0.0", "/ipfs/id/push/1.0.0", "/test/echo/1"}) {
          EXPECT_EQ(std::count(said->protocols.begin(), said->protocols.end(), protocol), 1)
              << protocol;
        }
        EXPECT_EQ(network(0).Known(id(1)), *said);
      },
      [] {});
}

TEST_P(PeersConformance, PeersAreToldWhenANodeListensAtAnotherAddress) {
  Event connected, told;
  nodes().Run(
      [&] {
        const auto stream = Dial(0, address(1));
        connected.Set();
        EXPECT_TRUE(Comes([&] {
          const auto known = network(0).Known(id(1));
          return known.has_value() && known->listen_addresses.size() == 2;
        }));
        told.Set();
      },
      [&] {
        connected.Await();
        const auto second = network(1).Listen(world_->free_address(1));
        told.Await();
      });
}

TEST_P(PeersConformance, AnIdAloneIsDialedWhereThePeerWas) {
  nodes().Run(
      [&] {
        const absl::Status unknown = network(0).Dial(id_address(1), Instant::Infinite()).status();
        EXPECT_TRUE(absl::IsUnavailable(unknown)) << unknown;
        EXPECT_TRUE(absl::StrContains(unknown.message(), "no address of")) << unknown;
        Dial(0, address(1)).reset();
        EXPECT_TRUE(Comes([&] { return network(0).connections() == 0; }));
        EXPECT_NE(Dial(0, id_address(1)), nullptr);
      },
      [] {});
}

TEST_P(PeersConformance, AnIdAloneIsDialedWhereThePeerSaysThatItListens) {
  Event dialed, gone;
  nodes().Run(
      [&] {
        auto stream = Dial(0, address(1));
        dialed.Set();
        gone.Await();
        stream.reset();
      },
      [&] {
        dialed.Await();
        // On the connection that the other side has made.
        const auto said = network(1).Identify(id_address(0), Instant::Infinite());
        EXPECT_TRUE(said.ok()) << said.status();
        EXPECT_EQ(network(1).connections(), 1u);
        gone.Set();
        EXPECT_TRUE(Comes([&] { return network(1).connections() == 0; }));
        EXPECT_NE(Dial(1, id_address(0)), nullptr);
      });
}

TEST_P(PeersConformance, AConnectionServesBothSides) {
  Event dialed, checked;
  nodes().Run(
      [&] {
        const auto stream = Dial(0, address(1));
        dialed.Set();
        const auto accepted = Accept(0);
        EXPECT_EQ(network(0).connections(), 1u);
        checked.Await();
      },
      [&] {
        dialed.Await();
        const auto accepted = Accept(1);
        const auto stream = Dial(1, address(0));
        EXPECT_EQ(stream->peer(), accepted->peer());
        EXPECT_EQ(network(1).connections(), 1u);
        checked.Set();
      });
}

// The connection stays when the listener goes that it came through.
TEST_P(PeersConformance, AnotherListenerTakesWhatComesOnTheConnectionThatStands) {
  Event connected, moved;
  nodes().Run(
      [&] {
        const auto stream = Dial(0, address(1));
        connected.Set();
        moved.Await();
        const auto again = Dial(0, address(1));
        EXPECT_NE(again, nullptr);
        EXPECT_EQ(network(0).connections(), 1u);
      },
      [&] {
        connected.Await();
        const auto first = Accept(1);
        listeners_[1].reset();
        listeners_[1] = *network(1).Listen(world_->free_address(1));
        moved.Set();
        EXPECT_NE(Accept(1), nullptr);
      });
}

TEST_P(PeersConformance, ManyWhoDialAtOnceShareADial) {
  nodes().Run(
      [&] {
        Event all;
        std::atomic<int> dialed{0};
        std::vector<std::unique_ptr<Beside>> fibers;
        for (int i = 0; i < 20; ++i) {
          fibers.push_back(std::make_unique<Beside>([&] {
            const auto stream = Dial(0, address(1));
            ++dialed;
            all.Await();
          }));
        }
        EXPECT_TRUE(Comes([&] { return dialed == 20; }));
        EXPECT_EQ(network(0).connections(), 1u);
        all.Set();
        for (const auto& fiber : fibers) fiber->Join();
      },
      [] {});
}

// Whichever comes first, the same one is left, and the streams on the other end in peace.
TEST_P(PeersConformance, WhoDialEachOtherEndUpWithOneConnection) {
  Event read[2];
  const auto dial_and_write = [&](int from) {
    auto stream = Dial(from, address(1 - from));
    EXPECT_TRUE(stream->Write("hello").ok());
    const auto accepted = Accept(from);
    EXPECT_EQ(*accepted->Read(), "hello");
    read[from].Set();
    read[1 - from].Await();
    stream.reset();
    // Further streams are all on the one.
    const auto one = Dial(from, address(1 - from));
    EXPECT_TRUE(Comes([&] { return network(from).connections() == 1; }));
    Pass(absl::Milliseconds(300));
    EXPECT_EQ(network(from).connections(), 1u);
    listeners_[from].reset();  // with the stream that nobody has accepted
  };
  nodes().Run([&] { dial_and_write(0); }, [&] { dial_and_write(1); });
}

TEST_P(PeersConformance, WhoIsNotOnTheListIsRefused) {
  PeerOptions closed;
  closed.admission.allowed = std::make_shared<const std::set<PeerId>>();
  BeginAgain({}, closed);
  nodes().Run(
      [&] {
        const absl::Status refused =
            network(0).OpenStream(address(1), kEchoProtocol, In(absl::Seconds(5))).status();
        EXPECT_FALSE(refused.ok());
        EXPECT_TRUE(Comes([&] { return world_->counts(1).refused_peer >= 1; }));
      },
      [&] {
        // It does not dial such peers either.
        const absl::Status refused = network(1).Dial(address(0), Instant::Infinite()).status();
        EXPECT_TRUE(absl::StrContains(refused.message(), "not on the list")) << refused;
      });
  EXPECT_TRUE(IsLogged(id(0).ToString() + " is not on the list"));
  closed.admission.allowed = std::make_shared<const std::set<PeerId>>(std::set<PeerId>{id(0)});
  BeginAgain({}, closed);
  nodes().Run([&] { EXPECT_NE(Dial(0, address(1)), nullptr); }, [] {});
}

TEST_P(PeersConformance, WhoIsOneTooManyIsRefused) {
  PeerOptions full;
  full.admission.connections_max = 0;
  BeginAgain({}, full);
  nodes().Run(
      [&] {
        const absl::Status refused = network(0).Dial(address(1), Instant::Infinite()).status();
        EXPECT_TRUE(absl::IsUnavailable(refused)) << refused;
        EXPECT_TRUE(Comes([&] { return world_->counts(1).refused_limit >= 1; }));
      },
      [] {});
  EXPECT_TRUE(IsLogged("0 incoming connections are open, as many as may be"))
      << absl::StrJoin(world_->log(), "\n");
}

TEST_P(PeersConformance, AConnectionThatNobodyUsesIsClosedByWhoDialedIt) {
  nodes().Run(
      [&] {
        EXPECT_TRUE(network(0).Ping(address(1), Instant::Infinite()).ok());
        EXPECT_TRUE(Comes([&] { return network(0).connections() == 0; }));
        EXPECT_TRUE(Comes([&] { return network(1).connections() == 0; }));
      },
      [] {});
}

TEST_P(PeersConformance, AConnectionThatNobodyUsesIsClosedByWhoWasDialedToo) {
  PeerOptions patient;
  patient.unused_timeout = absl::Hours(24);
  PeerOptions hasty;
  hasty.incoming_unused_timeout = absl::Milliseconds(500);
  BeginAgain(patient, hasty);
  nodes().Run(
      [&] {
        EXPECT_TRUE(network(0).Ping(address(1), Instant::Infinite()).ok());
        EXPECT_EQ(network(1).connections(), 1u);
        EXPECT_TRUE(Comes([&] { return network(1).connections() == 0; }));
        EXPECT_TRUE(Comes([&] { return network(0).connections() == 0; }));
      },
      [] {});
}

// What nobody reads is bounded over all streams and connections; who writes more than that has its
// stream reset, and others go on.
TEST_P(PeersConformance, AStreamThatBringsMoreThanTheNodeHasRoomForIsReset) {
  PeerOptions small;
  small.unread = {.bytes_max = 250'000, .share_bytes = 10'000};
  BeginAgain({}, small);
  Event accepted;
  nodes().Run(
      [&] {
        auto greedy = Dial(0, address(1));
        accepted.Await();
        absl::Status status;
        for (int i = 0; i < 200 && status.ok(); ++i) {
          status = greedy->Write(std::string(20'000, 'x'), In(absl::Seconds(5)));
        }
        EXPECT_TRUE(absl::IsUnavailable(status)) << status;
        EXPECT_TRUE(Comes([&] { return world_->counts(1).refused_streams >= 1; }));
        const auto taken = network(0).Ping(address(1), Instant::Infinite());
        EXPECT_TRUE(taken.ok()) << taken.status();
        EXPECT_EQ(network(0).connections(), 1u);
        greedy->Close();
      },
      [&] {
        const auto unread = Accept(1);
        accepted.Set();
        EXPECT_TRUE(Comes([&] { return world_->counts(1).refused_streams >= 1; }));
      });
  EXPECT_TRUE(IsLogged("be unread")) << absl::StrJoin(world_->log(), "\n");
}

}  // namespace rehearse::net

#endif  // REHEARSE_TESTS_CONFORMANCE_PEERS_CONFORMANCE_H_
