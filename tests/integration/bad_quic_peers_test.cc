// What a QuicNetwork does about bad peers, on the host's loopback: each is refused and counted, a
// good peer's pings are answered all the while, and memory stays where it was.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
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
#include "rehearse/actor/env/check.h"
#include "rehearse/net/codec/uvarint.h"
#include "rehearse/net/libp2p/frames_protocol.h"
#include "rehearse/net/libp2p/multistream/multistream.h"
#include "rehearse/net/libp2p/ping/ping.h"
#include "rehearse/net/libp2p/streams/stream_clients.h"
#include "rehearse/net/libp2p/tls/testing/bad_tls_keys.h"
#include "rehearse/net/multiaddr.h"
#include "rehearse/net/quic/quic_connection.h"
#include "rehearse/net/quic/quic_tls.h"
#include "rehearse/net/quic/testing/quic_forger.h"
#include "rehearse/net/tcp/handshake.h"
#include "rehearse/net/tcp/tcp_options.h"
#include "rehearse/tests/conformance/loopback_nodes.h"
#include "rehearse/tests/conformance/quic_networks.h"
#include "rehearse/tests/conformance/siege.h"

namespace rehearse::net {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(2);
constexpr size_t kAtOnceMax = 128;

Instant HostNow() {
  return Instant::FromNanos(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                std::chrono::steady_clock::now().time_since_epoch())
                                .count());
}

// A datagram socket that talks to 127.0.0.1:`port`.
class Udp {
 public:
  explicit Udp(uint16_t port) : fd_(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REHEARSE_CHECK(connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0,
                   "udp");
  }
  ~Udp() { close(fd_); }
  Udp(const Udp&) = delete;
  Udp& operator=(const Udp&) = delete;

  int fd() const { return fd_; }
  void Send(absl::string_view bytes) const { (void)!send(fd_, bytes.data(), bytes.size(), 0); }
  // Empty: nothing is there.
  std::string Receive() const {
    std::string bytes(2000, '\0');
    const ssize_t count = recv(fd_, bytes.data(), bytes.size(), 0);
    bytes.resize(count < 0 ? 0 : static_cast<size_t>(count));
    return bytes;
  }

 private:
  const int fd_;
};

// What a kind of bad peers has in common.
struct Side {
  // Another seed for each: who draws the ids of another is taken for it.
  Side(uint64_t seed, BadCertificate bad, absl::string_view alpn,
       const std::string& priorities = kQuicPriorities)
      : entropy(seed),
        keys(MakeBadTlsKeys(bad, identity, HostWallTime())),
        tls(*QuicTls::Make(*keys, alpn, priorities)) {}
  // A good one.
  explicit Side(uint64_t seed)
      : entropy(seed),
        keys(*TlsKeys::Make(identity, entropy, HostWallTime())),
        tls(*QuicTls::Make(*keys)) {}

  SeededEntropy entropy;
  const Identity identity = Identity::Generate(entropy);
  const std::unique_ptr<TlsKeys> keys;
  const std::unique_ptr<QuicTls> tls;
  const QuicOptions options;
  const std::string secret = std::string(32, 's');
};

// Dials, and goes on until it is refused. What it has to say once it has proven who it is goes in
// packets of its own making.
class Dialer {
 public:
  Dialer(Side& side, uint16_t port, bool falls_silent, std::vector<std::string> says = {})
      : udp_(port), at_{"127.0.0.1", port}, falls_silent_(falls_silent), says_(std::move(says)) {
    const QuicConnection::Context context{*side.tls, side.entropy, side.options, side.secret};
    connection_ = *QuicConnection::Dial(
        context, {.ends = {{"127.0.0.1", 1}, at_}, .now = HostNow(), .wall = HostWallTime()});
    forger_ = std::make_unique<QuicForger>(*connection_);
    Send();
  }

  int fd() const { return udp_.fd(); }
  // False: it is over.
  bool GoOn() {
    if (falls_silent_ || has_spoken_) return false;
    for (std::string bytes = udp_.Receive(); !bytes.empty(); bytes = udp_.Receive()) {
      connection_->Receive(at_, bytes, HostNow());
    }
    if (connection_->next_timer() <= HostNow()) connection_->OnTimer(HostNow());
    Send();
    return !connection_->over();
  }

 private:
  void Send() {
    SocketAddress to;
    for (absl::string_view packet = connection_->NextPacket(HostNow(), to); !packet.empty();
         packet = connection_->NextPacket(HostNow(), to)) {
      forger_->OnSent(packet);
      udp_.Send(packet);
    }
    connection_->OnPacketsSent(HostNow());
    if (!forger_->ready() || says_.empty()) return;
    has_spoken_ = true;  // and does not listen: the library would take offence at the answers
    for (std::string& frames : std::exchange(says_, {})) {
      udp_.Send(forger_->Packet(std::move(frames)));
    }
  }

  const Udp udp_;
  const SocketAddress at_;
  const bool falls_silent_;
  std::vector<std::string> says_;
  bool has_spoken_ = false;
  std::unique_ptr<QuicConnection> connection_;
  std::unique_ptr<QuicForger> forger_;
};

// A line of multistream-select.
std::string Line(absl::string_view text) {
  std::string line;
  AppendCounted(absl::StrCat(text, "\n"), line);
  return line;
}

// On a stream of frames, behind the preamble.
std::vector<std::string> OnFrames(absl::string_view bytes) {
  return {QuicStreamFrame(
      0, 0, absl::StrCat(Line(kMultistream), Line(kFramesProtocol), kTcpPreamble, bytes))};
}

// `count` streams from the first on, with `data` on each.
std::vector<std::string> Streams(uint64_t count, uint64_t offset, absl::string_view data) {
  constexpr uint64_t kInOnePacket = 60;
  std::vector<std::string> packets;
  for (uint64_t i = 0; i < count; ++i) {
    if (i % kInOnePacket == 0) packets.emplace_back();
    packets.back() += QuicStreamFrame(4 * i, offset, data);
  }
  return packets;
}

struct Kind {
  std::string name;
  uint64_t QuicCounters::*counter;  // null: the one of frames
  std::string logged;
  std::function<std::unique_ptr<Dialer>(uint16_t port)> dial;  // or else
  std::string datagram = {};
  uint64_t TcpCounters::*of_frames = nullptr;
};

Kind OfFrames(std::string name, uint64_t TcpCounters::*counter, std::string logged,
              absl::string_view bytes, size_t number) {
  auto side = std::make_shared<Side>(100 + number);
  return {std::move(name),
          nullptr,
          std::move(logged),
          [side, says = OnFrames(bytes)](uint16_t port) {
            return std::make_unique<Dialer>(*side, port, false, says);
          },
          "",
          counter};
}

std::vector<Kind> MakeKinds() {
  std::vector<Kind> kinds;
  const auto dialer = [&](std::string name, uint64_t QuicCounters::*counter, std::string logged,
                          BadCertificate bad, absl::string_view alpn, bool falls_silent) {
    auto side = std::make_shared<Side>(100 + kinds.size(), bad, alpn);
    kinds.push_back(
        {std::move(name), counter, std::move(logged), [side, falls_silent](uint16_t port) {
           return std::make_unique<Dialer>(*side, port, falls_silent);
         }});
  };
  const auto proven = [&](std::string name, uint64_t QuicCounters::*counter, std::string logged,
                          std::vector<std::string> says) {
    auto side = std::make_shared<Side>(100 + kinds.size());
    kinds.push_back({std::move(name), counter, std::move(logged),
                     [side, says = std::move(says)](uint16_t port) {
                       return std::make_unique<Dialer>(*side, port, false, says);
                     }});
  };
  const auto proof = &QuicCounters::refused_proof;
  dialer("NoCertificate", proof, "quic", BadCertificate::kNone, kQuicAlpn, false);
  dialer("TwoCertificates", proof, "showed 2 certificates", BadCertificate::kTwo, kQuicAlpn, false);
  dialer("Expired", proof, "valid from", BadCertificate::kExpired, kQuicAlpn, false);
  dialer("BadSelfSignature", proof, "its own key", BadCertificate::kSelfSignature, kQuicAlpn,
         false);
  dialer("BadHostSignature", proof, "not proven", BadCertificate::kHostSignature, kQuicAlpn, false);
  dialer("NoExtension", proof, "extension", BadCertificate::kNoExtension, kQuicAlpn, false);
  dialer("WrongAlpn", proof, "quic", BadCertificate::kExpired, "h3", false);
  dialer("NoAlpn", proof, "quic", BadCertificate::kExpired, "", false);
  auto old = std::make_shared<Side>(100 + kinds.size(), BadCertificate::kExpired, kQuicAlpn,
                                    "NORMAL:-VERS-ALL:+VERS-TLS1.2");
  kinds.push_back({"Tls12", proof, "quic",
                   [old](uint16_t port) { return std::make_unique<Dialer>(*old, port, false); }});
  const auto broke = &QuicCounters::broke_protocol;
  const auto streams = &QuicCounters::refused_streams;
  proven("WindowOverflow", broke, "FLOW_CONTROL", {QuicStreamFrame(0, 256 << 10, "x")});
  proven("StreamBeyondTheLimit", broke, "STREAM_LIMIT", {QuicStreamFrame(4 * 1024, 0, "x")});
  proven("UnknownFrame", broke, "FRAME_ENCODING", {std::string(1, '\x21')});
  proven("StreamFlood", broke, "goes on to open more", Streams(1000, 0, ""));
  proven("SingleBytesFarApart", broke, "makes us hold", Streams(240, 1, "x"));
  proven("SilentStreams", streams, "44 streams more than may wait", Streams(300, 0, ""));
  proven("SilentStream", streams, "refuse a stream", Streams(1, 0, ""));
  proven("JunkOnAStream", streams, "multistream",
         {QuicStreamFrame(0, 0, std::string(1000, '\xee'))});
  kinds.push_back(OfFrames("GiantFrame", &TcpCounters::refused_frame, "unknown flags 64",
                           absl::string_view("\0\0\0\x40", 4), kinds.size()));
  kinds.push_back(OfFrames("LongFrame", &TcpCounters::refused_frame, "announced 16777215 bytes",
                           absl::string_view("\xff\xff\xff\0", 4), kinds.size()));
  kinds.push_back(OfFrames("HalfFrame", &TcpCounters::refused_stalled, "silent within a frame",
                           absl::string_view("\x64\0\0\0half", 8), kinds.size()));
  dialer("FallsSilent", &QuicCounters::lost_in_handshake, "no handshake within",
         BadCertificate::kExpired, kQuicAlpn, true);
  kinds.push_back(
      {"Junk", &QuicCounters::junk, "what is no packet", nullptr, std::string(10, '\x01')});
  kinds.push_back({"ShortJunk", &QuicCounters::resets, "a packet of no connection", nullptr,
                   std::string(100, '\x40')});
  std::string version(
      "\xca\xba\xba\xba\xba\x8"
      "eightidsxxxxxxx");
  version.resize(1200, 'v');
  kinds.push_back({"UnknownVersion", &QuicCounters::version_negotiations, "a version that is not",
                   nullptr, version});
  return kinds;
}

QuicNetworkOptions Impatient() {
  QuicNetworkOptions options;
  options.quic.handshake_timeout = kPatience;
  options.frames.handshake_timeout = kPatience;
  options.frames.partial_frame_timeout = kPatience;
  options.quic.unused_timeout = absl::Seconds(1);  // a fiber may have to wait that long here
  options.quic.incoming_unused_timeout = kPatience;
  options.quic.refused_streams_max = 500;
  options.quic.library_bytes_max = size_t{1} << 20;
  // Those that say nothing more keep their places for a while; the good peer has the same address.
  options.admission.connections_max = 100000;
  options.admission.connections_of_address_max = 100000;
  options.admission.handshakes_per_second_max = 1000000;
  options.admission.handshakes_of_address_per_second_max = 1000000;
  return options;
}

// The second node serves, the first is good.
class BadQuicPeersTest : public testing::Test {
 protected:
  void SetUp() override { Begin(Impatient()); }
  void Begin(const QuicNetworkOptions& options) {
    networks_ =
        std::make_unique<QuicNetworks>(nodes_, nodes_.sockets(), nodes_.sockets(), 1, options);
    nodes_.Run([] {},
               [&] {
                 listener_ = *(*networks_)[1].Listen("/ip4/127.0.0.1/udp/0/quic-v1");
                 // Reads all streams at once, each to its end.
                 reading_ = std::make_unique<Beside>([this] { ReadAll(); });
               });
  }
  void TearDown() override {
    nodes_.Run([] {},
               [&] {
                 listener_->Close();
                 reading_->Join();
                 listener_.reset();
               });
    networks_.reset();
  }

  void ReadAll() {
    struct Reader {
      std::atomic<bool> over{false};
      std::unique_ptr<Beside> fiber;
    };
    std::vector<std::unique_ptr<Reader>> readers;
    for (auto stream = listener_->Accept(); stream.ok(); stream = listener_->Accept()) {
      std::erase_if(readers, [](const auto& reader) {
        if (!reader->over) return false;
        reader->fiber->Join();
        return true;
      });
      std::shared_ptr<Stream> shared = *std::move(stream);
      Reader& reader = *readers.emplace_back(std::make_unique<Reader>());
      reader.fiber =
          std::make_unique<Beside>([shared = std::move(shared), &over = reader.over]() mutable {
            while (shared->Read().ok()) {
            }
            shared.reset();  // a fiber that has ended keeps what it was given until it is joined
            over = true;
          });
    }
    for (const auto& reader : readers) reader->fiber->Join();
  }

  uint16_t port() const {
    uint32_t port = 0;
    EXPECT_TRUE(absl::SimpleAtoi(Multiaddr::Parse(listener_->address())->parts[1].value, &port));
    return static_cast<uint16_t>(port);
  }
  QuicCounters counters() { return (*networks_)[1].counters(); }
  uint64_t CountOf(const Kind& kind) {
    return kind.of_frames == nullptr ? counters().*kind.counter
                                     : (*networks_)[1].frame_counters().*kind.of_frames;
  }

  absl::StatusOr<absl::Duration> PingOnce() {
    const Instant deadline = In(absl::Seconds(20));
    auto stream = (*networks_)[0].OpenStream(listener_->address(), kPingProtocol, deadline);
    if (!stream.ok()) return stream.status();
    return AskPing(**stream, entropy_, deadline);
  }

  // Sends one peer of `kind`; null: it has done its thing already.
  std::unique_ptr<Dialer> Send(const Kind& kind) {
    if (kind.dial != nullptr) return kind.dial(port());
    Udp(port()).Send(kind.datagram);
    return nullptr;
  }

  // Sends `count` peers, `at_once_max` at a time, those counted that have left without a word and
  // stand on at the server. False: some were never refused.
  bool SendAll(int count, size_t at_once_max, const std::function<const Kind&(int)>& kind_of) {
    std::vector<std::unique_ptr<Dialer>> dialers;
    const Instant give_up = HostNow() + absl::Minutes(50);
    for (int sent = 0; sent < count || !dialers.empty();) {
      if (HostNow() > give_up) return false;
      const size_t standing = (*networks_)[1].connections();
      while (sent < count && dialers.size() + standing < at_once_max) {
        if (auto dialer = Send(kind_of(sent++))) dialers.push_back(std::move(dialer));
      }
      std::vector<pollfd> awaited;
      for (const auto& dialer : dialers) awaited.push_back({dialer->fd(), POLLIN, 0});
      poll(awaited.data(), awaited.size(), 5);
      std::erase_if(dialers, [](const auto& dialer) { return !dialer->GoOn(); });
    }
    return true;
  }

  LoopbackNodes nodes_{2};
  SeededEntropy entropy_{3};
  std::unique_ptr<QuicNetworks> networks_;
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<Beside> reading_;
};

// The first test, so that memory is what a new process has.
TEST_F(BadQuicPeersTest, WhoProvesNothingIsForgottenAtOnce) {
  std::vector<Kind> kinds = MakeKinds();
  std::erase_if(kinds,
                [](const Kind& kind) { return kind.counter != &QuicCounters::refused_proof; });
  constexpr int kPeers = 2000;
  const MemoryBound memory;
  std::thread([&] {
    EXPECT_TRUE(SendAll(kPeers, kAtOnceMax, [&](int i) -> const Kind& {
      return kinds[static_cast<size_t>(i) % kinds.size()];
    }));
  }).join();
  EXPECT_GE(counters().refused_proof + counters().lost_in_handshake, uint64_t{kPeers});
  memory.ExpectKept(kPeers);
}

TEST_F(BadQuicPeersTest, EachKindIsRefusedAndCounted) {
  TearDown();
  QuicNetworkOptions options = Impatient();
  options.frames.refusal_lines_per_second = 1000;  // so that no line is left out
  Begin(options);
  for (const Kind& kind : MakeKinds()) {
    SCOPED_TRACE(kind.name);
    const uint64_t before = CountOf(kind);
    const size_t lines_before = nodes_.log().lines().size();
    EXPECT_TRUE(SendAll(3, 3, [&](int) -> const Kind& { return kind; }));
    nodes_.Run(
        [&] {
          for (int i = 0; i < 1000 && CountOf(kind) < before + 3; ++i) {
            Pass(absl::Milliseconds(10));
          }
          const auto taken = PingOnce();
          EXPECT_TRUE(taken.ok()) << taken.status();
        },
        [] {});
    const QuicCounters now = counters();
    EXPECT_GE(CountOf(kind), before + 3)
        << now.accepted << " accepted, " << now.refused_limit << " beyond a limit, "
        << now.refused_proof << " without proof, " << now.lost_in_handshake << " lost, " << now.junk
        << " junk, " << now.retries << " retries, " << now.closed << " closed";
    const std::vector<std::string> lines = nodes_.log().lines();
    EXPECT_TRUE(
        std::any_of(lines.begin() + static_cast<ptrdiff_t>(lines_before), lines.end(),
                    [&](const std::string& line) { return absl::StrContains(line, kind.logged); }))
        << absl::StrJoin(lines, "\n");
  }
}

TEST_F(BadQuicPeersTest, UnderSiegeAGoodPeersPingsAreAnsweredAndMemoryStaysBounded) {
  const std::vector<Kind> kinds = MakeKinds();
  const auto kind_of = [&](int i) -> const Kind& {
    return kinds[static_cast<size_t>(i) % kinds.size()];
  };
  const int peers = BadPeers(2000);
  // The first bring what is kept for those that follow; on a thread, as they: it has memory of its
  // own.
  std::thread([&] {
    EXPECT_TRUE(SendAll(std::max(1500, peers / 20), kAtOnceMax, kind_of));
  }).join();
  const MemoryBound memory;
  std::atomic<bool> over{false};
  bool refused = false;
  std::thread siege([&] {
    refused = SendAll(peers, kAtOnceMax, kind_of);
    over = true;
  });
  std::vector<absl::Duration> taken;
  int failed = 0;
  nodes_.Run(
      [&] {
        while (!over) {
          const auto ping = PingOnce();
          if (ping.ok()) taken.push_back(*ping);
          if (!ping.ok()) ++failed;
          Pass(absl::Milliseconds(5));
        }
      },
      [] {});
  siege.join();
  EXPECT_TRUE(refused);
  EXPECT_EQ(failed, 0);
  // Those that say nothing more, and do not listen either, have their time.
  nodes_.Run([] {},
             [&] {
               for (int i = 0; i < 4000 && (*networks_)[1].connections() > 1; ++i) {
                 Pass(absl::Milliseconds(10));
               }
             });
  memory.ExpectKept(peers);
  std::sort(taken.begin(), taken.end());
  ASSERT_FALSE(taken.empty());
  const absl::Duration p99 = taken[taken.size() * 99 / 100];
  std::printf("%zu pings of a good peer: median %s, p99 %s, slowest %s\n", taken.size(),
              absl::FormatDuration(taken[taken.size() / 2]).c_str(),
              absl::FormatDuration(p99).c_str(), absl::FormatDuration(taken.back()).c_str());
  EXPECT_LE(p99, absl::Seconds(1));
}

}  // namespace
}  // namespace rehearse::net
