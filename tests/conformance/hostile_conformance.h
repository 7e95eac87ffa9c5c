// What a TcpNetwork does about peers of all bad kinds, on the host's sockets and on simulated ones
// alike: each is closed, counted and told about; good peers are served all the while; memory stays
// where it was.
//
//   INSTANTIATE_TEST_SUITE_P(Sim, HostileConformance, testing::Values(HostileArm{…}),
//                            HostileArmName());

#ifndef REHEARSE_TESTS_CONFORMANCE_HOSTILE_CONFORMANCE_H_
#define REHEARSE_TESTS_CONFORMANCE_HOSTILE_CONFORMANCE_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "rehearse/net/tcp/tcp_network.h"
#include "rehearse/tests/conformance/raw_script.h"
#include "rehearse/tests/conformance/siege.h"
#include "rehearse/tests/conformance/two_nodes.h"

namespace rehearse::net {

// One world for one test: node 1 serves, node 0 is where good and bad peers come from.
class HostileWorld {
 public:
  virtual ~HostileWorld() = default;

  virtual TwoNodes& nodes() = 0;
  virtual Sockets& sockets(int node) = 0;
  // Node 1's, with port 0.
  virtual std::string any_address() = 0;
  // All lines of both nodes' logs.
  virtual std::vector<std::string> log() = 0;
  // How long the server is patient, in a world whose network may be slow.
  virtual absl::Duration patience() = 0;

  // Sends `count` peers to `address`, `at_once_max` at a time, each as `script_of(number)` says.
  // Returns how many connections were over before nothing happened for `give_up`: all of them, it
  // is hoped. The others are closed.
  virtual int RunPeers(const std::string& address, int count, size_t at_once_max,
                       const std::function<RawScript(int)>& script_of, absl::Duration give_up) = 0;
};

struct HostileArm {
  std::string name;
  std::function<std::unique_ptr<HostileWorld>()> make;
};

struct BadKind {
  std::string name;
  RawScript script;
  uint64_t TcpCounters::*counter;
  std::string logged;  // words of the log; empty: no line
};

inline std::vector<BadKind> BadKinds() {
  constexpr absl::string_view kHello = "rehearse/1\n";
  const auto after_hello = [&](absl::string_view bytes) { return absl::StrCat(kHello, bytes); };
  const std::string half_frame = after_hello(absl::string_view("\x64\0\0\0half", 8));
  return {
      {"Tls", {"\x16\x03\x01 hello"}, &TcpCounters::refused_preamble, "began with \"\\x16\\x03"},
      {"Http", {"GET / HTTP/1.1\r\n\r\n"}, &TcpCounters::refused_preamble, "\"GET / HTTP/1.1"},
      {"NextVersion", {"rehearse/2\n"}, &TcpCounters::refused_preamble, "\"rehearse/2\\n\", not"},
      {"Junk", {std::string(100000, '\xee')}, &TcpCounters::refused_preamble, "\"\\xee\\xee"},
      {"Silent", {""}, &TcpCounters::refused_stalled, "no handshake within"},
      {"HalfHello", {"rehea"}, &TcpCounters::refused_stalled, "no handshake within"},
      {"LongFrame",
       {after_hello(absl::string_view("\xff\xff\xff\0", 4))},
       &TcpCounters::refused_frame,
       "announced 16777215 bytes, the limit is 1048576"},
      {"UnknownFlags",
       {after_hello(absl::string_view("\1\0\0\1x", 5))},
       &TcpCounters::refused_frame,
       "unknown flags 1"},
      {"JunkAfterHello",
       {after_hello(std::string(10000, '\xee'))},
       &TcpCounters::refused_frame,
       "unknown flags 238"},
      {"HalfFrame", {half_frame}, &TcpCounters::refused_stalled, "silent within a frame for"},
      {"Leaver", {"", 0}, &TcpCounters::lost_in_handshake, "lose /ip4/"},
      {"LeaverWithinAFrame",
       {half_frame, static_cast<int>(kHello.size())},
       &TcpCounters::closed,
       ""},
  };
}

// A node that echoes all frames of all streams, and one that talks to it.
class Echo {
 public:
  Echo(HostileWorld& world, const TcpOptions& options)
      : world_(world),
        server_(world.sockets(1), world.nodes().node(1), options),
        client_(world.sockets(0), world.nodes().node(0)) {
    world_.nodes().Run([] {}, [this] { Begin(); });
  }
  ~Echo() {
    world_.nodes().Run([this] { EXPECT_TRUE(client_.AwaitFibers(Instant::Infinite()).ok()); },
                       [this] {
                         listener_->Close();
                         accepting_->Join();
                         for (const auto& reader : readers_) reader->Join();
                         readers_.clear();
                         accepting_.reset();
                         listener_.reset();
                         EXPECT_TRUE(server_.AwaitFibers(Instant::Infinite()).ok());
                       });
  }

  const std::string& address() const { return address_; }
  TcpCounters counters() const { return server_.counters(); }

  // Whether a good peer gets its echo. On a busy host its handshake may take a second try.
  bool ServesAGoodPeer() {
    bool served = false;
    world_.nodes().Run(
        [&] {
          for (int i = 0; i < 20 && !served; ++i) {
            const auto stream = client_.Dial(address_, In(absl::Seconds(10)));
            if (!stream.ok() || !(*stream)->Write("good day").ok()) continue;
            const auto echo = (*stream)->Read();
            served = echo.ok() && *echo == "good day";
          }
        },
        [] {});
    return served;
  }

  // Waits until the server's counter is at least `count`.
  uint64_t Await(uint64_t TcpCounters::*counter, uint64_t count) {
    world_.nodes().Run([] {},
                       [&] {
                         for (int i = 0; i < 1000 && counters().*counter < count; ++i) {
                           Pass(absl::Milliseconds(10));
                         }
                       });
    return counters().*counter;
  }

 private:
  // Echoes one stream on a fiber of its own.
  class Reader {
   public:
    explicit Reader(std::unique_ptr<Stream> stream)
        : stream_(std::move(stream)), fiber_([this] {
            for (auto frame = stream_->Read(); frame.ok(); frame = stream_->Read()) {
              if (!stream_->Write(*std::move(frame)).ok()) break;
            }
            stream_.reset();
            over_ = true;
          }) {}
    bool over() const { return over_; }
    void Join() { fiber_.Join(); }

   private:
    std::unique_ptr<Stream> stream_;
    std::atomic<bool> over_{false};
    Beside fiber_;
  };

  void Begin() {
    listener_ = *server_.Listen(world_.any_address());
    address_ = listener_->address();
    accepting_ = std::make_unique<Beside>([this] {
      while (true) {
        auto stream = listener_->Accept();
        if (!stream.ok()) return;
        ForgetOver();
        readers_.push_back(std::make_unique<Reader>(*std::move(stream)));
      }
    });
  }

  void ForgetOver() {
    std::erase_if(readers_, [](const auto& reader) {
      if (!reader->over()) return false;
      reader->Join();
      return true;
    });
  }

  HostileWorld& world_;
  TcpNetwork server_;
  TcpNetwork client_;
  std::string address_;
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<Beside> accepting_;
  std::vector<std::unique_ptr<Reader>> readers_;
};

class HostileConformance : public testing::TestWithParam<HostileArm> {
 protected:
  static constexpr absl::Duration kGiveUp = absl::Seconds(20);

  TcpOptions Impatient() {
    return {.handshake_timeout = world_->patience(),
            .partial_frame_timeout = world_->patience(),
            .incoming_max = 512};
  }
  bool Logged(absl::string_view words) {
    const std::vector<std::string> lines = world_->log();
    return std::any_of(lines.begin(), lines.end(),
                       [&](const std::string& line) { return absl::StrContains(line, words); });
  }
  std::string AllLogged() { return absl::StrJoin(world_->log(), "\n"); }

  const std::unique_ptr<HostileWorld> world_ = GetParam().make();
};

struct HostileArmName {
  std::string operator()(const testing::TestParamInfo<HostileArm>& info) const {
    return info.param.name;
  }
};

TEST_P(HostileConformance, EachBadKindIsClosedCountedAndToldAbout) {
  TcpOptions options = Impatient();
  options.refusal_lines_per_second = 1000;  // so that no line is left out
  Echo echo(*world_, options);
  for (const BadKind& kind : BadKinds()) {
    SCOPED_TRACE(kind.name);
    ASSERT_TRUE(echo.ServesAGoodPeer());
    const uint64_t good = echo.counters().accepted;
    EXPECT_EQ(echo.Await(&TcpCounters::closed, good), good);
    const uint64_t before = echo.counters().*kind.counter;
    const size_t lines_before = world_->log().size();
    EXPECT_EQ(world_->RunPeers(
                  echo.address(), 3, 3, [&](int) { return kind.script; }, kGiveUp),
              3);
    EXPECT_EQ(echo.Await(kind.counter, before + 3), before + 3) << AllLogged();
    if (kind.logged.empty()) {
      EXPECT_EQ(world_->log().size(), lines_before) << AllLogged();
    } else {
      EXPECT_TRUE(Logged(kind.logged)) << AllLogged();
    }
  }
  EXPECT_TRUE(echo.ServesAGoodPeer());
}

TEST_P(HostileConformance, ConnectionsBeyondTheLimitAreClosedAtOnce) {
  TcpOptions options;
  options.incoming_max = 20;
  options.handshake_timeout = absl::Minutes(2);
  Echo echo(*world_, options);
  const RawScript silent;
  // The first twenty stay, the others are over, and nothing else happens.
  EXPECT_EQ(world_->RunPeers(
                echo.address(), 100, 100, [&](int) { return silent; }, 3 * world_->patience()),
            80);
  EXPECT_EQ(echo.counters().refused_limit, 80u);
  EXPECT_TRUE(Logged("20 incoming connections are open, as many as may be"));
  EXPECT_TRUE(echo.ServesAGoodPeer());
}

TEST_P(HostileConformance, UnderSiegeGoodPeersAreServedAndMemoryStaysBounded) {
  const std::vector<BadKind> kinds = BadKinds();
  const int peers = BadPeers(5000);
  Echo echo(*world_, Impatient());
  ASSERT_TRUE(echo.ServesAGoodPeer());
  const MemoryBound memory;
  constexpr int kWaves = 10;
  for (int wave = 0; wave < kWaves; ++wave) {
    const int count = peers / kWaves;
    EXPECT_EQ(
        world_->RunPeers(
            echo.address(), count, 256,
            [&](int i) { return kinds[static_cast<size_t>(i) % kinds.size()].script; }, kGiveUp),
        count);
    EXPECT_TRUE(echo.ServesAGoodPeer());
  }
  memory.ExpectKept(peers);

  const TcpCounters counters = echo.counters();
  const uint64_t refused = counters.refused_preamble + counters.refused_stalled +
                           counters.refused_frame + counters.lost_in_handshake;
  // One kind in twelve leaves within a frame, which is no offence.
  EXPECT_GE(refused, static_cast<uint64_t>(peers) * 10 / 12);
  EXPECT_EQ(counters.refused_limit, 0u);
}

}  // namespace rehearse::net

#endif  // REHEARSE_TESTS_CONFORMANCE_HOSTILE_CONFORMANCE_H_
