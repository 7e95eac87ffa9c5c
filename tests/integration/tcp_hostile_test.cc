// Peers of all bad kinds against a TcpNetwork on the host's loopback. Each is closed, counted and
// told about; good peers are served all the while; memory stays where it was.

#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "rehearse/actor/runtime/sanitizer.h"
#include "rehearse/net/tcp/tcp_network.h"
#include "rehearse/tests/conformance/loopback_nodes.h"
#include "rehearse/tests/integration/raw_peers.h"

namespace rehearse::net {
namespace {

constexpr absl::string_view kHello = "rehearse/1\n";
constexpr int kHelloBytes = 11;

struct BadKind {
  std::string name;
  RawScript script;
  uint64_t TcpCounters::*counter;
  std::string logged;  // words of the log; empty: no line
};

std::string AfterHello(absl::string_view bytes) { return absl::StrCat(kHello, bytes); }

std::vector<BadKind> BadKinds() {
  const std::string half_frame = AfterHello(absl::string_view("\x64\0\0\0half", 8));
  return {
      {"Tls", {"\x16\x03\x01 hello"}, &TcpCounters::refused_preamble, "began with \"\\x16\\x03"},
      {"Http", {"GET / HTTP/1.1\r\n\r\n"}, &TcpCounters::refused_preamble, "\"GET / HTTP/1.1"},
      {"NextVersion", {"rehearse/2\n"}, &TcpCounters::refused_preamble, "\"rehearse/2\\n\", not"},
      {"Junk", {std::string(100000, '\xee')}, &TcpCounters::refused_preamble, "\"\\xee\\xee"},
      {"Silent", {""}, &TcpCounters::refused_stalled, "no handshake within"},
      {"HalfHello", {"rehea"}, &TcpCounters::refused_stalled, "no handshake within"},
      {"LongFrame",
       {AfterHello(absl::string_view("\xff\xff\xff\0", 4))},
       &TcpCounters::refused_frame,
       "announced 16777215 bytes, the limit is 1048576"},
      {"UnknownFlags",
       {AfterHello(absl::string_view("\1\0\0\1x", 5))},
       &TcpCounters::refused_frame,
       "unknown flags 1"},
      {"JunkAfterHello",
       {AfterHello(std::string(10000, '\xee'))},
       &TcpCounters::refused_frame,
       "unknown flags 238"},
      {"HalfFrame", {half_frame}, &TcpCounters::refused_stalled, "silent within a frame for"},
      {"Leaver", {"", 0}, &TcpCounters::lost_in_handshake, "lose /ip4/127.0.0.1/tcp/"},
      {"LeaverWithinAFrame", {half_frame, kHelloBytes}, &TcpCounters::closed, ""},
  };
}

// A node that echoes all frames of all streams, and one that talks to it.
class Echo {
 public:
  explicit Echo(const TcpOptions& options)
      : options_(options), client_(nodes_.sockets(), nodes_.node(0)) {
    nodes_.Run([] {}, [this] { Begin(); });
  }
  ~Echo() {
    nodes_.Run([this] { EXPECT_TRUE(client_.AwaitFibers(Instant::Infinite()).ok()); },
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

  uint16_t port() const {
    return static_cast<uint16_t>(std::stoi(address_.substr(address_.rfind('/') + 1)));
  }
  TcpCounters counters() const { return server_.counters(); }
  bool Logged(absl::string_view words) {
    for (const std::string& line : nodes_.log().lines()) {
      if (absl::StrContains(line, words)) return true;
    }
    return false;
  }
  size_t lines() { return nodes_.log().lines().size(); }
  std::string AllLogged() { return absl::StrJoin(nodes_.log().lines(), "\n"); }

  // Whether a good peer gets its echo. On a busy host its handshake may take a second try.
  bool ServesAGoodPeer() {
    bool served = false;
    nodes_.Run(
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
    nodes_.Run([] {},
               [&] {
                 for (int i = 0; i < 1000 && counters().*counter < count; ++i) {
                   Pass(absl::Milliseconds(10));
                 }
               });
    return counters().*counter;
  }

 private:
  void Begin() {
    listener_ = *server_.Listen("/ip4/127.0.0.1/tcp/0");
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

  void ForgetOver() {
    std::erase_if(readers_, [](const auto& reader) {
      if (!reader->over()) return false;
      reader->Join();
      return true;
    });
  }

  const TcpOptions options_;
  LoopbackNodes nodes_{2};
  TcpNetwork server_{nodes_.sockets(), nodes_.node(1), options_};
  TcpNetwork client_;
  std::string address_;
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<Beside> accepting_;
  std::vector<std::unique_ptr<Reader>> readers_;
};

TcpOptions Impatient() {
  return {.handshake_timeout = absl::Milliseconds(400),
          .partial_frame_timeout = absl::Milliseconds(400),
          .incoming_max = 512};
}

class TcpHostileTest : public testing::TestWithParam<BadKind> {};

INSTANTIATE_TEST_SUITE_P(Kinds, TcpHostileTest, testing::ValuesIn(BadKinds()),
                         [](const auto& info) { return info.param.name; });

TEST_P(TcpHostileTest, IsClosedCountedAndToldAbout) {
  const BadKind& kind = GetParam();
  Echo echo(Impatient());
  ASSERT_TRUE(echo.ServesAGoodPeer());
  EXPECT_EQ(echo.Await(&TcpCounters::closed, 1), 1);
  const uint64_t before = echo.counters().*kind.counter;
  EXPECT_EQ(RunRawPeers(echo.port(), 3, 3, [&](int) { return kind.script; }), 3);
  EXPECT_EQ(echo.Await(kind.counter, before + 3), before + 3) << echo.AllLogged();
  if (kind.logged.empty()) {
    EXPECT_EQ(echo.lines(), 0) << echo.AllLogged();
  } else {
    EXPECT_TRUE(echo.Logged(kind.logged)) << echo.AllLogged();
  }
  EXPECT_TRUE(echo.ServesAGoodPeer());
}

TEST(TcpHostileLimitTest, ConnectionsBeyondTheLimitAreClosedAtOnce) {
  TcpOptions options;
  options.incoming_max = 20;
  options.handshake_timeout = absl::Seconds(60);
  Echo echo(options);
  const RawScript silent;
  // The first twenty stay, the others are over, and nothing else happens.
  EXPECT_EQ(RunRawPeers(
                echo.port(), 100, 100, [&](int) { return silent; }, 1000),
            80);
  EXPECT_EQ(echo.counters().refused_limit, 80);
  EXPECT_TRUE(echo.Logged("20 incoming connections are open, as many as may be"));
  EXPECT_TRUE(echo.ServesAGoodPeer());
}

size_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  size_t total = 0;
  size_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

// REHEARSE_BAD_PEERS sets how many.
int BadPeers() {
  const char* const asked = std::getenv("REHEARSE_BAD_PEERS");
  return asked == nullptr ? 5000 : std::atoi(asked);
}

TEST(TcpHostileSiegeTest, GoodPeersAreServedAndMemoryStaysBounded) {
  const std::vector<BadKind> kinds = BadKinds();
  const int peers = BadPeers();
  Echo echo(Impatient());
  ASSERT_TRUE(echo.ServesAGoodPeer());
  const size_t before = ResidentBytes();
  constexpr int kWaves = 10;
  for (int wave = 0; wave < kWaves; ++wave) {
    const int count = peers / kWaves;
    EXPECT_EQ(
        RunRawPeers(echo.port(), count, 256,
                    [&](int i) { return kinds[static_cast<size_t>(i) % kinds.size()].script; }),
        count);
    EXPECT_TRUE(echo.ServesAGoodPeer());
  }
  const size_t after = ResidentBytes();
  const size_t growth = after > before ? after - before : 0;
  if (!kAddressSanitizer && !kThreadSanitizer) {
    EXPECT_LE(growth, size_t{16} << 20);
  }
  RecordProperty("growth_bytes", static_cast<int>(growth));

  const TcpCounters counters = echo.counters();
  const uint64_t refused = counters.refused_preamble + counters.refused_stalled +
                           counters.refused_frame + counters.lost_in_handshake;
  // One kind in twelve leaves within a frame, which is no offence.
  EXPECT_GE(refused, static_cast<uint64_t>(peers) * 10 / 12);
  EXPECT_EQ(counters.refused_limit, 0);
}

}  // namespace
}  // namespace rehearse::net
