// What is TCP's own, in virtual time; what all networks promise is in tests/conformance.

#include "rehearse/net/tcp/tcp_network.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "rehearse/actor/env/fault_point.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/actor/runtime/wait.h"
#include "rehearse/actor/testing/test_node.h"
#include "rehearse/net/codec/frame.h"
#include "rehearse/net/socket/testing/memory_sockets.h"

namespace rehearse::net {
namespace {

constexpr absl::string_view kAny = "/ip4/127.0.0.1/tcp/0";
constexpr absl::string_view kHello = "rehearse/1\n";

TcpOptions Options() {
  return {.handshake_timeout = absl::Seconds(5),
          .partial_frame_timeout = absl::Seconds(10),
          .linger_timeout = absl::Seconds(3),
          .incoming_max = 4,
          .send_bytes_max = 64 << 10};
}

class TcpNetworkTest : public testing::Test {
 public:
  using Socket = std::unique_ptr<StreamSocket>;

  ~TcpNetworkTest() override {
    node_.Run([this] {
      listener_.reset();
      EXPECT_TRUE(network_.AwaitFibers(Instant::Infinite()).ok());
    });
  }

  // Runs `body` with a listener, and all that follows from it.
  void Run(std::function<void()> body) {
    bool returned = false;
    node_.Run([&] {
      if (listener_ == nullptr) listener_ = *network_.Listen(kAny);
      body();
      returned = true;
    });
    EXPECT_TRUE(returned) << "a fiber waits for what will never come";
  }
  void Start(std::function<void()> body) { Task::Start(*node_, "beside", std::move(body)).Unref(); }
  void Pass(absl::Duration length) {
    Wait(node_.world().scheduler(), "Pass").Until(node_->DeadlineIn(length));
  }
  absl::Duration now() { return node_.world().now() - Instant(); }

  // A connection to the listener, whose other end speaks for itself.
  Socket Connect() {
    const std::string address = listener_->address();
    const auto port = static_cast<uint16_t>(std::stoi(address.substr(address.rfind('/') + 1)));
    return *sockets_.Connect({"127.0.0.1", port}, Instant::Infinite());
  }
  Socket ConnectAndSay(absl::string_view bytes) {
    Socket socket = Connect();
    EXPECT_TRUE(socket->Write(bytes, Instant::Infinite()).ok());
    return socket;
  }
  // All that comes until the end, or the first `bytes_max`.
  static std::string Hear(StreamSocket& socket, size_t bytes_max = size_t{1} << 30) {
    std::string bytes;
    while (bytes.size() < bytes_max) {
      const auto count = socket.Read(bytes_max - bytes.size(), bytes, Instant::Infinite());
      if (!count.ok() || *count == 0) break;
    }
    return bytes;
  }
  static std::string Framed(absl::string_view payload) {
    std::string bytes;
    EXPECT_TRUE(AppendFrame(payload, bytes).ok());
    return bytes;
  }
  std::unique_ptr<Stream> Accept() {
    auto stream = listener_->Accept();
    EXPECT_TRUE(stream.ok()) << stream.status();
    return *std::move(stream);
  }
  bool Logged(absl::string_view words) {
    for (const std::string& line : node_.log()) {
      if (absl::StrContains(line, words)) return true;
    }
    return false;
  }
  std::string AllLogged() { return absl::StrJoin(node_.log(), "\n"); }

  TestNode node_;
  MemorySockets sockets_{node_.world().scheduler(), {.window_bytes = 32 << 10}};
  TcpNetwork network_{sockets_, *node_, Options()};
  std::unique_ptr<Listener> listener_;
};

TEST_F(TcpNetworkTest, SaysThePreambleThenFrames) {
  Run([&] {
    const Socket raw = ConnectAndSay(kHello);
    {
      const auto stream = Accept();
      EXPECT_TRUE(stream->Write("abc").ok());
      EXPECT_TRUE(stream->Write("").ok());
    }
    EXPECT_EQ(Hear(*raw), absl::StrCat(kHello, Framed("abc"), Framed("")));
  });
}

TEST_F(TcpNetworkTest, FramesMayComeInAnyPieces) {
  Run([&] {
    const std::string bytes = absl::StrCat(kHello, Framed("abc"), Framed(""), Framed("d"));
    for (size_t piece = 1; piece <= bytes.size(); piece += 3) {
      const Socket raw = Connect();
      Start([&] {
        for (size_t at = 0; at < bytes.size(); at += piece) {
          Pass(absl::Milliseconds(1));
          EXPECT_TRUE(raw->Write(bytes.substr(at, piece), Instant::Infinite()).ok());
        }
      });
      const auto stream = Accept();
      EXPECT_EQ(*stream->Read(), "abc");
      EXPECT_EQ(*stream->Read(), "");
      EXPECT_EQ(*stream->Read(), "d");
    }
  });
  EXPECT_EQ(network_.counters().accepted, network_.counters().closed);
}

TEST_F(TcpNetworkTest, StrangerIsRefusedAndQuoted) {
  Run([&] {
    const Socket raw = ConnectAndSay("GET / HTTP/1.1\r\n");
    EXPECT_EQ(Hear(*raw), kHello);
  });
  EXPECT_EQ(now(), absl::ZeroDuration());
  EXPECT_EQ(network_.counters().refused_preamble, 1);
  EXPECT_EQ(network_.counters().accepted, 0);
  EXPECT_TRUE(Logged("refuse /ip4/127.0.0.1/tcp/")) << AllLogged();
  EXPECT_TRUE(Logged("it began with \"GET / HTTP/1.1\\r\\n\", not \"rehearse/1\"")) << AllLogged();
}

TEST_F(TcpNetworkTest, FirstWrongByteIsEnough) {
  Run([&] {
    for (size_t good = 0; good < kHello.size(); ++good) {
      const Socket raw = ConnectAndSay(absl::StrCat(kHello.substr(0, good), "\xff"));
      EXPECT_EQ(Hear(*raw), kHello);
    }
  });
  EXPECT_EQ(now(), absl::ZeroDuration());
  EXPECT_EQ(network_.counters().refused_preamble, kHello.size());
}

TEST_F(TcpNetworkTest, SilentStrangerIsRefusedInTimeAndDelaysNobody) {
  Run([&] {
    const Socket silent = Connect();
    const Socket slow = ConnectAndSay(kHello.substr(0, 5));
    const Socket good = ConnectAndSay(kHello);
    const auto stream = Accept();
    EXPECT_EQ(now(), absl::ZeroDuration());
    EXPECT_EQ(Hear(*silent), kHello);
    EXPECT_EQ(Hear(*slow), kHello);
    EXPECT_EQ(now(), Options().handshake_timeout);
  });
  EXPECT_EQ(network_.counters().refused_stalled, 2);
  EXPECT_TRUE(Logged("no handshake within 5s")) << AllLogged();
}

TEST_F(TcpNetworkTest, PeerThatLeavesInTheHandshakeIsCounted) {
  Run([&] {
    Connect().reset();
    ConnectAndSay(kHello.substr(0, 5)).reset();
  });
  EXPECT_EQ(network_.counters().lost_in_handshake, 2);
  EXPECT_TRUE(Logged("lose /ip4/127.0.0.1")) << AllLogged();
}

TEST_F(TcpNetworkTest, AnnouncedFrameOverTheLimitEndsTheStream) {
  Run([&] {
    const Socket raw = ConnectAndSay(absl::StrCat(kHello, Framed("good")));
    const auto stream = Accept();
    EXPECT_EQ(*stream->Read(), "good");
    // 0x100001: one byte more than a mebibyte.
    EXPECT_TRUE(raw->Write(absl::string_view("\1\0\x10\0", 4), Instant::Infinite()).ok());
    const absl::Status status = stream->Read().status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
    EXPECT_EQ(stream->Read().status(), status);
    EXPECT_EQ(stream->Write("x").code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(Hear(*raw), kHello);
  });
  EXPECT_EQ(network_.counters().refused_frame, 1);
  EXPECT_TRUE(Logged("the peer announced 1048577 bytes, the limit is 1048576")) << AllLogged();
}

TEST_F(TcpNetworkTest, UnknownFlagsEndTheStream) {
  Run([&] {
    const Socket raw = ConnectAndSay(absl::StrCat(kHello, absl::string_view("\1\0\0\x80x", 5)));
    EXPECT_EQ(Accept()->Read().status().code(), absl::StatusCode::kDataLoss);
  });
  EXPECT_EQ(network_.counters().refused_frame, 1);
  EXPECT_TRUE(Logged("unknown flags 128")) << AllLogged();
}

TEST_F(TcpNetworkTest, SilenceWithinAFrameEndsTheStream) {
  Run([&] {
    const Socket raw = ConnectAndSay(absl::StrCat(kHello, Framed("abc").substr(0, 5)));
    const auto stream = Accept();
    const absl::Status status = stream->Read().status();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
    EXPECT_EQ(now(), Options().partial_frame_timeout);
    EXPECT_EQ(stream->Read().status(), status);
    EXPECT_EQ(Hear(*raw), kHello);
  });
  EXPECT_EQ(network_.counters().refused_stalled, 1);
  EXPECT_TRUE(Logged("silent within a frame for 10s")) << AllLogged();
}

TEST_F(TcpNetworkTest, SlowFramesAndSilenceBetweenThemAreFine) {
  Run([&] {
    const Socket raw = ConnectAndSay(kHello);
    Start([&] {
      Pass(absl::Hours(100));
      for (const char byte : Framed("abc")) {
        EXPECT_TRUE(raw->Write(std::string(1, byte), Instant::Infinite()).ok());
        Pass(absl::Seconds(9));
      }
    });
    EXPECT_EQ(*Accept()->Read(), "abc");
  });
  EXPECT_EQ(network_.counters().refused_stalled, 0);
}

TEST_F(TcpNetworkTest, PeerThatEndsWithinAFrameIsUnavailable) {
  Run([&] {
    Socket raw = ConnectAndSay(absl::StrCat(kHello, Framed("abc").substr(0, 6)));
    const auto stream = Accept();
    Hear(*raw, kHello.size());
    raw.reset();
    const absl::Status status = stream->Read().status();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
    EXPECT_TRUE(absl::StrContains(status.message(), "within a frame")) << status;
  });
}

TEST_F(TcpNetworkTest, TakesTheLastConnectionAndRefusesTheNext) {
  Run([&] {
    std::vector<Socket> raw;
    std::vector<std::unique_ptr<Stream>> streams;
    for (int i = 0; i < Options().incoming_max; ++i) {
      raw.push_back(ConnectAndSay(kHello));
      streams.push_back(Accept());
    }
    const Socket late = Connect();
    EXPECT_EQ(Hear(*late), "");
    streams.pop_back();
    raw.push_back(ConnectAndSay(kHello));
    streams.push_back(Accept());
  });
  EXPECT_EQ(network_.counters().refused_limit, 1);
  EXPECT_EQ(network_.counters().accepted, Options().incoming_max + 1);
  EXPECT_TRUE(Logged("4 incoming connections are open, as many as may be")) << AllLogged();
}

TEST_F(TcpNetworkTest, RestsWhenTheHostIsOutOfDescriptors) {
  sockets_.exhausted_accepts = 3;
  Run([&] {
    const Socket raw = ConnectAndSay(kHello);
    Accept();
    EXPECT_EQ(now(), 3 * Options().exhausted_pause);
  });
  EXPECT_EQ(network_.counters().exhausted, 3);
}

TEST_F(TcpNetworkTest, StrangersFillTheLogSlowly) {
  Run([&] {
    for (int i = 0; i < 1000; ++i) Hear(*ConnectAndSay("x"));
    EXPECT_EQ(node_.log().size(), 10);
    Pass(absl::Seconds(1));
    Hear(*ConnectAndSay("x"));
  });
  EXPECT_EQ(network_.counters().refused_preamble, 1001);
  EXPECT_EQ(node_.log().size(), 11);
  EXPECT_TRUE(Logged("990 lines left out before")) << AllLogged();
}

TEST_F(TcpNetworkTest, ManySmallFramesAreSentTogether) {
  Run([&] {
    const Socket raw = ConnectAndSay(kHello);
    const auto stream = Accept();
    const uint64_t before = sockets_.writes;
    for (int i = 0; i < 300; ++i) EXPECT_TRUE(stream->Write("small").ok());
    Pass(absl::Milliseconds(1));
    EXPECT_EQ(sockets_.writes - before, 1);
  });
}

TEST_F(TcpNetworkTest, WriterParksWhenTheWindowIsFull) {
  Run([&] {
    const Socket raw = ConnectAndSay(kHello);
    const auto stream = Accept();
    size_t written = 0;
    Start([&] {
      while (stream->Write(std::string(1000, 'x')).ok()) written += 1000;
    });
    Pass(absl::Seconds(1));
    EXPECT_LE(written, Options().send_bytes_max + (32 << 10));
    EXPECT_GE(written, Options().send_bytes_max / 2);
    const size_t before = written;
    std::string bytes;
    EXPECT_TRUE(raw->Read(32 << 10, bytes, Instant::Infinite()).ok());
    Pass(absl::Seconds(1));
    EXPECT_GT(written, before);
    stream->Close();
  });
}

TEST_F(TcpNetworkTest, CloseSendsWhatWasWritten) {
  Run([&] {
    const Socket raw = ConnectAndSay(kHello);
    std::string sent(kHello);
    {
      const auto stream = Accept();
      for (int i = 0; i < 50; ++i) {
        const std::string frame(1000, static_cast<char>(i));
        EXPECT_TRUE(stream->Write(frame).ok());
        sent += Framed(frame);
      }
    }
    EXPECT_TRUE(Hear(*raw) == sent);
  });
  EXPECT_EQ(now(), absl::ZeroDuration());
}

TEST_F(TcpNetworkTest, ClosedStreamEndsWhenItsPeerTakesNothing) {
  Run([&] {
    const Socket raw = ConnectAndSay(kHello);
    const auto stream = Accept();
    for (int i = 0; i < 50; ++i) EXPECT_TRUE(stream->Write(std::string(1000, 'x')).ok());
    Start([&] {
      EXPECT_EQ(stream->Read().status().code(), absl::StatusCode::kUnavailable);
      EXPECT_EQ(now(), absl::ZeroDuration());
    });
    Pass(absl::ZeroDuration());
    stream->Close();
    EXPECT_EQ(network_.AwaitFibers(node_->DeadlineIn(absl::Seconds(1))).code(),
              absl::StatusCode::kDeadlineExceeded);
    listener_->Close();
    EXPECT_TRUE(network_.AwaitFibers(Instant::Infinite()).ok());
    EXPECT_EQ(now(), Options().linger_timeout);
    EXPECT_EQ(Hear(*raw).size(), 32 << 10);
  });
}

TEST_F(TcpNetworkTest, DialAgreesWithListen) {
  Run([&] {
    Start([&] {
      const auto stream = Accept();
      EXPECT_EQ(*stream->Read(), "ping");
      EXPECT_TRUE(stream->Write("pong").ok());
    });
    const auto stream = network_.Dial(listener_->address(), Instant::Infinite());
    ASSERT_TRUE(stream.ok()) << stream.status();
    EXPECT_EQ((*stream)->peer(), listener_->address());
    EXPECT_TRUE((*stream)->Write("ping").ok());
    EXPECT_EQ(*(*stream)->Read(), "pong");
  });
  EXPECT_EQ(network_.counters().dialed, 1);
  EXPECT_EQ(network_.counters().accepted, 1);
}

TEST_F(TcpNetworkTest, DialOfAStrangerIsUnavailableAndQuotesIt) {
  Run([&] {
    const auto stranger = *sockets_.Listen({"127.0.0.1", 22});
    Start([&] {
      const auto socket = *stranger->Accept();
      EXPECT_TRUE(socket->Write("SSH-2.0-OpenSSH\r\n", Instant::Infinite()).ok());
      Hear(*socket);
    });
    const auto stream = network_.Dial("/ip4/127.0.0.1/tcp/22", Instant::Infinite());
    EXPECT_EQ(stream.status().code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(stream.status().message(),
              "dial /ip4/127.0.0.1/tcp/22: it is no peer of ours: it began with "
              "\"SSH-2.0-OpenSSH\\r\\n\", not \"rehearse/1\"");
  });
}

TEST_F(TcpNetworkTest, DialOfASilentListenerEndsWithTheHandshakesTime) {
  Run([&] {
    const auto silent = *sockets_.Listen({"127.0.0.1", 22});
    const auto stream = network_.Dial("/ip4/127.0.0.1/tcp/22", Instant::Infinite());
    EXPECT_EQ(stream.status().code(), absl::StatusCode::kDeadlineExceeded) << stream.status();
    EXPECT_EQ(now(), Options().handshake_timeout);
  });
  EXPECT_EQ(network_.counters().refused_stalled, 1);
}

TEST_F(TcpNetworkTest, ClosedListenerEndsHandshakesAndWhatNobodyAsksFor) {
  Run([&] {
    const Socket silent = Connect();
    const Socket good = ConnectAndSay(kHello);
    Pass(absl::Milliseconds(1));
    EXPECT_EQ(network_.counters().accepted, 1);
    listener_->Close();
    EXPECT_TRUE(network_.AwaitFibers(Instant::Infinite()).ok());
    EXPECT_EQ(Hear(*silent), kHello);
    EXPECT_EQ(Hear(*good), kHello);
  });
  EXPECT_EQ(now(), absl::Milliseconds(1));
  EXPECT_EQ(network_.counters().closed, 1);
  EXPECT_TRUE(node_.log().empty()) << AllLogged();
}

// Ends the n-th wait at a place.
class FaultAt final : public FaultPoint {
 public:
  FaultAt(Domain& domain, std::string where, SuspensionFault fault)
      : domain_(domain), where_(std::move(where)), fault_(fault) {
    domain_.set_fault_point(this);
  }
  ~FaultAt() override { domain_.set_fault_point(nullptr); }
  SuspensionFault AtSuspension(ActorId, const char* where) override {
    return where == where_ ? fault_ : SuspensionFault::kNone;
  }

 private:
  Domain& domain_;
  const std::string where_;
  const SuspensionFault fault_;
};

TEST_F(TcpNetworkTest, WritersAreToldWhenTheFiberThatSendsIsEnded) {
  for (const SuspensionFault fault : {SuspensionFault::kPanic, SuspensionFault::kKill}) {
    Run([&] {
      const FaultAt faults(*node_, "Write", fault);
      const Socket raw = ConnectAndSay(kHello);
      const auto stream = Accept();
      absl::Status status;
      while (status.ok()) status = stream->Write(std::string(1000, 'x'));
      EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
    });
  }
}

TEST_F(TcpNetworkTest, AcceptIsToldWhenTheFiberThatAcceptsIsEnded) {
  node_.Run([&] {
    const FaultAt faults(*node_, "Accept", SuspensionFault::kPanic);
    const auto listener = *network_.Listen(kAny);
    Pass(absl::Milliseconds(1));
    EXPECT_EQ(listener->Accept().status().code(), absl::StatusCode::kUnavailable);
  });
}

}  // namespace
}  // namespace rehearse::net
