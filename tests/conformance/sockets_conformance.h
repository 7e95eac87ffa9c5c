// What all Sockets promise, the host's and simulated ones alike.
//
//   INSTANTIATE_TEST_SUITE_P(Posix, SocketsConformance, testing::Values(SocketsArm{…}), ArmName());

#ifndef REHEARSE_TESTS_CONFORMANCE_SOCKETS_CONFORMANCE_H_
#define REHEARSE_TESTS_CONFORMANCE_SOCKETS_CONFORMANCE_H_

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rehearse/net/socket/sockets.h"
#include "rehearse/tests/conformance/two_nodes.h"

namespace rehearse::net {

// One world for one test. Its fibers have all returned when it goes.
class SocketsWorld {
 public:
  virtual ~SocketsWorld() = default;

  virtual TwoNodes& nodes() = 0;
  virtual Sockets& sockets(int node) = 0;
  // Node `node`'s, with port 0; of Unix sockets one that nobody has had.
  virtual SocketAddress any_port(int node) = 0;
  // Nobody listens there; nobody answers there, if there can be such a place.
  virtual SocketAddress refusing() = 0;
  virtual std::optional<SocketAddress> silent() = 0;
  // No host's.
  virtual SocketAddress foreign() = 0;
  // The addresses are Unix sockets', and both nodes are on one host.
  virtual bool is_unix() const { return false; }
};

struct SocketsArm {
  std::string name;
  std::function<std::unique_ptr<SocketsWorld>()> make;
};

struct SocketsArmName {
  std::string operator()(const testing::TestParamInfo<SocketsArm>& info) const {
    return info.param.name;
  }
};

class SocketsConformance : public testing::TestWithParam<SocketsArm> {
 public:
  using Socket = std::unique_ptr<StreamSocket>;
  using UseSocket = std::function<void(StreamSocket&)>;

  void Run(std::function<void()> first, std::function<void()> second) {
    world_->nodes().Run(std::move(first), std::move(second));
  }

  std::unique_ptr<ListenSocket> Listen() {
    auto socket = world_->sockets(1).Listen(world_->any_port(1));
    EXPECT_TRUE(socket.ok()) << socket.status();
    return *std::move(socket);
  }
  Socket Connect(const SocketAddress& address) {
    auto socket = world_->sockets(0).Connect(address, Instant::Infinite());
    EXPECT_TRUE(socket.ok()) << socket.status();
    return *std::move(socket);
  }
  static Socket Accept(ListenSocket& listener) {
    auto socket = listener.Accept();
    EXPECT_TRUE(socket.ok()) << socket.status();
    return *std::move(socket);
  }

  // Connects node 0 with node 1; what one of them returns from is closed then.
  void RunConnected(const UseSocket& dialer, const UseSocket& listener) {
    Slot<SocketAddress> address;
    Run([&] { dialer(*Connect(address.Get())); },
        [&] {
          const auto listening = Listen();
          address.Put(listening->address());
          listener(*Accept(*listening));
        });
  }

  static absl::Status WriteAll(StreamSocket& socket, absl::string_view bytes) {
    return socket.Write(bytes, Instant::Infinite());
  }
  // Up to `count` bytes, or all until the end.
  static std::string ReadSome(StreamSocket& socket, size_t count, size_t at_a_time = 4096) {
    std::string bytes;
    while (bytes.size() < count) {
      const auto read =
          socket.Read(std::min(at_a_time, count - bytes.size()), bytes, Instant::Infinite());
      if (!read.ok() || *read == 0) break;
    }
    return bytes;
  }
  static absl::StatusOr<size_t> ReadOnce(StreamSocket& socket,
                                         Instant deadline = Instant::Infinite()) {
    std::string bytes;
    return socket.Read(4096, bytes, deadline);
  }
  // Writes until there is no room for a while. A little may fit again right after: hosts tell of
  // room when there is enough. MoreThanThat never does.
  static void Fill(StreamSocket& socket) {
    const std::string bytes(64 << 10, 'x');
    for (int i = 0; i < 4096; ++i) {
      if (!socket.Write(bytes, In(absl::Milliseconds(50))).ok()) return;
    }
    ADD_FAILURE() << "256 MiB fit into a window";
  }
  static std::string MoreThanThat() { return std::string(8 << 20, 'y'); }
  // Bytes of which no two places look alike.
  static std::string Pattern(size_t count) {
    std::string bytes(count, '\0');
    for (size_t i = 0; i < count; ++i) bytes[i] = static_cast<char>((i * 2654435761u) >> 13);
    return bytes;
  }

  const std::unique_ptr<SocketsWorld> world_ = GetParam().make();
};

inline void ExpectCode(const absl::Status& status, absl::StatusCode code) {
  EXPECT_EQ(status.code(), code) << status;
}

TEST_P(SocketsConformance, CarriesBytesBothWays) {
  RunConnected(
      [](StreamSocket& socket) {
        EXPECT_TRUE(WriteAll(socket, "ping").ok());
        EXPECT_EQ(ReadSome(socket, 4), "pong");
      },
      [](StreamSocket& socket) {
        EXPECT_EQ(ReadSome(socket, 4), "ping");
        EXPECT_TRUE(WriteAll(socket, "pong").ok());
        EXPECT_EQ(*ReadOnce(socket), 0);
      });
}

TEST_P(SocketsConformance, ManyBytesArriveInOrderThroughAFullWindow) {
  const std::string bytes = Pattern(8 << 20);
  RunConnected([&](StreamSocket& socket) { EXPECT_TRUE(WriteAll(socket, bytes).ok()); },
               [&](StreamSocket& socket) {
                 EXPECT_TRUE(ReadSome(socket, bytes.size(), 100000) == bytes);
                 EXPECT_EQ(*ReadOnce(socket), 0);
               });
}

TEST_P(SocketsConformance, DirectionsDoNotWaitForEachOther) {
  const std::string bytes = Pattern(4 << 20);
  const auto exchange = [&](StreamSocket& socket) {
    Beside writer([&] { EXPECT_TRUE(WriteAll(socket, bytes).ok()); });
    EXPECT_TRUE(ReadSome(socket, bytes.size()) == bytes);
    writer.Join();
  };
  RunConnected(exchange, exchange);
}

TEST_P(SocketsConformance, ReadTakesNoMoreThanItWasAskedFor) {
  RunConnected(
      [](StreamSocket& socket) {
        EXPECT_TRUE(WriteAll(socket, "abcdef").ok());
        ReadOnce(socket).IgnoreError();
      },
      [](StreamSocket& socket) {
        std::string bytes = "kept ";
        for (size_t size = bytes.size(); bytes.size() < 11; size = bytes.size()) {
          const auto count = socket.Read(2, bytes, Instant::Infinite());
          ASSERT_TRUE(count.ok()) << count.status();
          EXPECT_TRUE(*count == 1 || *count == 2);
          EXPECT_EQ(bytes.size(), size + *count);
        }
        EXPECT_EQ(bytes, "kept abcdef");
      });
}

TEST_P(SocketsConformance, WritingNothingIsNothing) {
  RunConnected([](StreamSocket& socket) { EXPECT_TRUE(WriteAll(socket, "").ok()); },
               [](StreamSocket& socket) { EXPECT_EQ(*ReadOnce(socket), 0); });
}

TEST_P(SocketsConformance, EndComesAfterAllBytes) {
  RunConnected([](StreamSocket& socket) { EXPECT_TRUE(WriteAll(socket, "last words").ok()); },
               [](StreamSocket& socket) {
                 Pass(absl::Milliseconds(20));
                 EXPECT_EQ(ReadSome(socket, 100), "last words");
                 EXPECT_EQ(*ReadOnce(socket), 0);
                 EXPECT_EQ(*ReadOnce(socket), 0);
               });
}

TEST_P(SocketsConformance, WriterToAClosedPeerIsTold) {
  RunConnected([](StreamSocket&) {},
               [](StreamSocket& socket) {
                 absl::Status status;
                 for (int i = 0; i < 1000 && status.ok(); ++i) {
                   status = WriteAll(socket, "anybody?");
                   Pass(absl::Milliseconds(1));
                 }
                 ExpectCode(status, absl::StatusCode::kUnavailable);
               });
}

TEST_P(SocketsConformance, WriterParkedAtAFullWindowIsToldThatThePeerClosed) {
  Event full;
  RunConnected([&](StreamSocket&) { full.Await(); },
               [&](StreamSocket& socket) {
                 Fill(socket);
                 full.Set();
                 ExpectCode(WriteAll(socket, MoreThanThat()), absl::StatusCode::kUnavailable);
               });
}

TEST_P(SocketsConformance, ReadDeadlineLosesNothing) {
  Event read_timed_out;
  RunConnected(
      [&](StreamSocket& socket) {
        read_timed_out.Await();
        EXPECT_TRUE(WriteAll(socket, "late").ok());
      },
      [&](StreamSocket& socket) {
        const Instant deadline = In(absl::Milliseconds(20));
        ExpectCode(ReadOnce(socket, deadline).status(), absl::StatusCode::kDeadlineExceeded);
        EXPECT_GE(In(absl::ZeroDuration()), deadline);
        read_timed_out.Set();
        EXPECT_EQ(ReadSome(socket, 4), "late");
      });
}

TEST_P(SocketsConformance, DeadlineInThePastStillTakesWhatIsThere) {
  RunConnected(
      [](StreamSocket& socket) {
        EXPECT_TRUE(socket.Write("now", Instant()).ok());
        ReadOnce(socket).IgnoreError();
      },
      [](StreamSocket& socket) {
        EXPECT_EQ(ReadSome(socket, 1), "n");
        Pass(absl::Milliseconds(20));
        EXPECT_EQ(*ReadOnce(socket, Instant()), 2);
        ExpectCode(ReadOnce(socket, Instant()).status(), absl::StatusCode::kDeadlineExceeded);
      });
}

TEST_P(SocketsConformance, WriteDeadlineEndsAWaitForRoom) {
  Event done;
  RunConnected(
      [&](StreamSocket& socket) {
        Fill(socket);
        ExpectCode(socket.Write(MoreThanThat(), In(absl::Milliseconds(20))),
                   absl::StatusCode::kDeadlineExceeded);
        done.Set();
      },
      [&](StreamSocket&) { done.Await(); });
}

TEST_P(SocketsConformance, CloseWakesAParkedReaderAndLaterCallsFail) {
  Event done;
  RunConnected(
      [&](StreamSocket& socket) {
        Beside reader(
            [&] { ExpectCode(ReadOnce(socket).status(), absl::StatusCode::kUnavailable); });
        Pass(absl::Milliseconds(20));
        socket.Close();
        socket.Close();
        reader.Join();
        ExpectCode(ReadOnce(socket).status(), absl::StatusCode::kUnavailable);
        ExpectCode(WriteAll(socket, "x"), absl::StatusCode::kUnavailable);
        done.Set();
      },
      [&](StreamSocket& socket) {
        EXPECT_EQ(*ReadOnce(socket), 0);
        done.Await();
      });
}

TEST_P(SocketsConformance, CloseWakesAParkedWriter) {
  Event done;
  RunConnected(
      [&](StreamSocket& socket) {
        Fill(socket);
        Beside writer(
            [&] { ExpectCode(WriteAll(socket, MoreThanThat()), absl::StatusCode::kUnavailable); });
        Pass(absl::Milliseconds(20));
        socket.Close();
        writer.Join();
        done.Set();
      },
      [&](StreamSocket&) { done.Await(); });
}

TEST_P(SocketsConformance, CloseReadWakesTheReaderAndLeavesTheWriter) {
  RunConnected(
      [](StreamSocket& socket) {
        Beside reader(
            [&] { ExpectCode(ReadOnce(socket).status(), absl::StatusCode::kUnavailable); });
        Pass(absl::Milliseconds(20));
        socket.CloseRead();
        reader.Join();
        ExpectCode(ReadOnce(socket).status(), absl::StatusCode::kUnavailable);
        EXPECT_TRUE(WriteAll(socket, "still here").ok());
      },
      [](StreamSocket& socket) { EXPECT_EQ(ReadSome(socket, 100), "still here"); });
}

TEST_P(SocketsConformance, StoppedReaderGivesUpAndTheSocketLives) {
  Event stopped;
  RunConnected(
      [&](StreamSocket& socket) {
        Beside reader([&] { ExpectCode(ReadOnce(socket).status(), absl::StatusCode::kCancelled); });
        Pass(absl::Milliseconds(20));
        reader.Stop();
        reader.Join();
        stopped.Set();
        EXPECT_EQ(ReadSome(socket, 5), "alive");
      },
      [&](StreamSocket& socket) {
        stopped.Await();
        EXPECT_TRUE(WriteAll(socket, "alive").ok());
      });
}

TEST_P(SocketsConformance, StoppedWriterAndAcceptorGiveUp) {
  Event done;
  RunConnected(
      [&](StreamSocket& socket) {
        Fill(socket);
        Beside writer(
            [&] { ExpectCode(WriteAll(socket, MoreThanThat()), absl::StatusCode::kCancelled); });
        Pass(absl::Milliseconds(20));
        writer.Stop();
        writer.Join();
        done.Set();
      },
      [&](StreamSocket&) {
        const auto listener = Listen();
        Beside acceptor(
            [&] { ExpectCode(listener->Accept().status(), absl::StatusCode::kCancelled); });
        Pass(absl::Milliseconds(20));
        acceptor.Stop();
        acceptor.Join();
        done.Await();
      });
}

TEST_P(SocketsConformance, RefusedConnectIsUnavailable) {
  Run(
      [&] {
        const auto socket = world_->sockets(0).Connect(world_->refusing(), Instant::Infinite());
        ExpectCode(socket.status(), absl::StatusCode::kUnavailable);
        EXPECT_TRUE(absl::StrContains(socket.status().message(), world_->refusing().ToString()))
            << socket.status();
      },
      [] {});
}

TEST_P(SocketsConformance, ConnectDeadlineAndStopEndTheWaitForAnAnswer) {
  const std::optional<SocketAddress> silent = world_->silent();
  if (!silent.has_value()) GTEST_SKIP() << "everybody answers there";
  Run(
      [&] {
        const Instant deadline = In(absl::Milliseconds(30));
        const auto socket = world_->sockets(0).Connect(*silent, deadline);
        ExpectCode(socket.status(), absl::StatusCode::kDeadlineExceeded);
        EXPECT_GE(In(absl::ZeroDuration()), deadline);
      },
      [&] {
        Beside dialer([&] {
          const auto socket = world_->sockets(1).Connect(*silent, Instant::Infinite());
          ExpectCode(socket.status(), absl::StatusCode::kCancelled);
        });
        Pass(absl::Milliseconds(20));
        dialer.Stop();
        dialer.Join();
      });
}

TEST_P(SocketsConformance, AddressInUseIsAlreadyExistsUntilItsListenerCloses) {
  Run(
      [&] {
        const auto first = world_->sockets(0).Listen(world_->any_port(0));
        ASSERT_TRUE(first.ok()) << first.status();
        const SocketAddress address = (*first)->address();
        const auto second = world_->sockets(0).Listen(address);
        ExpectCode(second.status(), absl::StatusCode::kAlreadyExists);
        EXPECT_TRUE(absl::StrContains(second.status().message(), address.ToString()));
        (*first)->Close();
        EXPECT_TRUE(world_->sockets(0).Listen(address).ok());
      },
      [] {});
}

TEST_P(SocketsConformance, WhatIsNoAddressHereIsInvalid) {
  Run(
      [&] {
        for (const SocketAddress& address :
             {SocketAddress{"localhost", 1}, SocketAddress{"", 1}, SocketAddress{"1.2.3", 1}}) {
          ExpectCode(world_->sockets(0).Listen(address).status(),
                     absl::StatusCode::kInvalidArgument);
          ExpectCode(world_->sockets(0).Connect(address, Instant::Infinite()).status(),
                     absl::StatusCode::kInvalidArgument);
        }
        ExpectCode(world_->sockets(0).Listen(world_->foreign()).status(),
                   absl::StatusCode::kInvalidArgument);
      },
      [] {});
}

TEST_P(SocketsConformance, AtAllOfTheHostsAddressesItHearsWhoDialsOne) {
  if (world_->is_unix()) GTEST_SKIP() << "no IP";
  Run(
      [&] {
        const auto listener = world_->sockets(0).Listen({"0.0.0.0", 0});
        ASSERT_TRUE(listener.ok()) << listener.status();
        EXPECT_EQ((*listener)->address().host, "0.0.0.0");
        const Socket dialed = Connect({world_->any_port(0).host, (*listener)->address().port});
        EXPECT_TRUE(WriteAll(*dialed, "x").ok());
        EXPECT_EQ(ReadSome(*Accept(**listener), 1), "x");
      },
      [] {});
}

TEST_P(SocketsConformance, EachEndKnowsTheOther) {
  Slot<SocketAddress> address;
  Run(
      [&] {
        const SocketAddress there = address.Get();
        EXPECT_EQ(there.port == 0, world_->is_unix());
        const Socket socket = Connect(there);
        EXPECT_EQ(socket->peer(), there);
        ReadOnce(*socket).IgnoreError();
      },
      [&] {
        const auto listener = Listen();
        address.Put(listener->address());
        const Socket socket = Accept(*listener);
        const bool is_unix = world_->is_unix();
        EXPECT_EQ(socket->peer().host, is_unix ? "unix:" : world_->any_port(0).host);
        EXPECT_EQ(socket->peer().port == 0, is_unix);
      });
}

TEST_P(SocketsConformance, ClosedListenerEndsAcceptAndRefuses) {
  Slot<SocketAddress> address;
  Event closed;
  Run(
      [&] {
        const SocketAddress there = address.Get();
        closed.Await();
        ExpectCode(world_->sockets(0).Connect(there, Instant::Infinite()).status(),
                   absl::StatusCode::kUnavailable);
      },
      [&] {
        const auto listener = Listen();
        Beside acceptor(
            [&] { ExpectCode(listener->Accept().status(), absl::StatusCode::kUnavailable); });
        Pass(absl::Milliseconds(20));
        listener->Close();
        acceptor.Join();
        ExpectCode(listener->Accept().status(), absl::StatusCode::kUnavailable);
        address.Put(listener->address());
        closed.Set();
      });
}

// A burst of connections, of which the listener hears while it is busy with the first.
TEST_P(SocketsConformance, ConnectionsWaitUntilTheyAreAccepted) {
  constexpr int kConnections = 100;
  Slot<SocketAddress> address;
  Event connected;
  Run(
      [&] {
        std::vector<Socket> sockets;
        for (int i = 0; i < kConnections; ++i) {
          sockets.push_back(Connect(address.Get()));
          EXPECT_TRUE(WriteAll(*sockets.back(), "x").ok());
        }
        connected.Set();
        for (const Socket& socket : sockets) EXPECT_EQ(ReadSome(*socket, 1), "x");
      },
      [&] {
        const auto listener = Listen();
        address.Put(listener->address());
        connected.Await();
        for (int i = 0; i < kConnections; ++i) {
          const Socket socket = Accept(*listener);
          EXPECT_TRUE(WriteAll(*socket, ReadSome(*socket, 1)).ok());
        }
      });
}

TEST_P(SocketsConformance, ManyConnectionsTalkAtOnce) {
  constexpr int kConnections = 50;
  constexpr int kRounds = 20;
  Slot<SocketAddress> address;
  const auto run_all = [](const std::function<void()>& body) {
    std::vector<std::unique_ptr<Beside>> fibers;
    for (int i = 0; i < kConnections; ++i) fibers.push_back(std::make_unique<Beside>(body));
    for (const auto& fiber : fibers) fiber->Join();
  };
  Run(
      [&] {
        run_all([&] {
          const Socket socket = Connect(address.Get());
          for (int i = 0; i < kRounds; ++i) {
            EXPECT_TRUE(WriteAll(*socket, absl::StrCat(i % 10)).ok());
            EXPECT_EQ(ReadSome(*socket, 1), absl::StrCat(i % 10));
          }
        });
      },
      [&] {
        const auto listener = Listen();
        address.Put(listener->address());
        std::vector<Socket> sockets;
        for (int i = 0; i < kConnections; ++i) sockets.push_back(Accept(*listener));
        std::atomic<size_t> next{0};
        run_all([&] {
          StreamSocket& socket = *sockets[next.fetch_add(1)];
          for (int i = 0; i < kRounds; ++i) {
            EXPECT_TRUE(WriteAll(socket, ReadSome(socket, 1)).ok());
          }
        });
      });
}

}  // namespace rehearse::net

#endif  // REHEARSE_TESTS_CONFORMANCE_SOCKETS_CONFORMANCE_H_
