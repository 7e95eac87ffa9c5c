// What the datagram sockets of all Sockets promise, the host's and simulated ones alike.
//
// Where a link may lose, double or reorder, the tests ask again, as a program must.

#ifndef REHEARSE_TESTS_CONFORMANCE_DATAGRAMS_CONFORMANCE_H_
#define REHEARSE_TESTS_CONFORMANCE_DATAGRAMS_CONFORMANCE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "rehearse/net/socket/sockets.h"
#include "rehearse/tests/conformance/sockets_conformance.h"
#include "rehearse/tests/conformance/two_nodes.h"

namespace rehearse::net {

class DatagramsConformance : public testing::TestWithParam<SocketsArm> {
 public:
  using Socket = std::unique_ptr<DatagramSocket>;

  void Run(std::function<void()> first, std::function<void()> second) {
    world_->nodes().Run(std::move(first), std::move(second));
  }
  Socket Bind(int node) {
    auto socket = world_->sockets(node).Bind(world_->any_port(node));
    EXPECT_TRUE(socket.ok()) << socket.status();
    return *std::move(socket);
  }
  // Sends back what comes to node 1, until nothing comes for a while; node 0 does `ask`.
  void RunWithEcho(const std::function<void(DatagramSocket&, const SocketAddress& echo)>& ask) {
    Slot<SocketAddress> address;
    Event done;
    Run(
        [&] {
          ask(*Bind(0), address.Get());
          done.Set();
        },
        [&] {
          const Socket socket = Bind(1);
          address.Put(socket->address());
          Beside echo([&] { Echo(*socket); });
          done.Await();
          echo.Stop();
          echo.Join();
        });
  }
  static void Echo(DatagramSocket& socket) {
    while (true) {
      const auto datagram = socket.ReceiveFrom(Instant::Infinite());
      if (!datagram.ok()) return ExpectCode(datagram.status(), absl::StatusCode::kCancelled);
      EXPECT_TRUE(socket.SendTo(datagram->from, datagram->bytes).ok());
    }
  }
  // Sends `bytes` to `echo` until they are back.
  static Datagram Ask(DatagramSocket& socket, const SocketAddress& echo, const std::string& bytes) {
    for (int attempt = 0; attempt < 50; ++attempt) {
      const absl::Status sent = socket.SendTo(echo, bytes);
      EXPECT_TRUE(sent.ok()) << sent;
      auto answer = socket.ReceiveFrom(In(absl::Milliseconds(500)));
      while (answer.ok() && answer->bytes != bytes) {  // an older question's
        answer = socket.ReceiveFrom(In(absl::Milliseconds(500)));
      }
      if (answer.ok()) return *std::move(answer);
      ExpectCode(answer.status(), absl::StatusCode::kDeadlineExceeded);
    }
    ADD_FAILURE() << "no answer in fifty attempts";
    return {};
  }
  // Bytes that tell their number and length.
  static std::string Pattern(size_t number, size_t count) {
    std::string bytes(count, '\0');
    for (size_t i = 0; i < count; ++i) bytes[i] = static_cast<char>(number * 31 + i * 7);
    return bytes;
  }

  const std::unique_ptr<SocketsWorld> world_ = GetParam().make();
};

TEST_P(DatagramsConformance, CarriesThemBothWaysAndTellsWhoSent) {
  RunWithEcho([](DatagramSocket& socket, const SocketAddress& echo) {
    EXPECT_EQ(Ask(socket, echo, "ping").from, echo);
  });
}

TEST_P(DatagramsConformance, EmptyAndLargestFitAndOneMoreDoesNot) {
  RunWithEcho([](DatagramSocket& socket, const SocketAddress& echo) {
    EXPECT_EQ(Ask(socket, echo, "").from, echo);
    const std::string largest = Pattern(1, kDatagramBytesMax);
    EXPECT_EQ(Ask(socket, echo, largest).bytes.size(), largest.size());
    ExpectCode(socket.SendTo(echo, largest + "x"), absl::StatusCode::kInvalidArgument);
  });
}

TEST_P(DatagramsConformance, EachComesWholeOrNotAtAll) {
  constexpr size_t kDatagrams = 200;
  Slot<SocketAddress> address;
  Run(
      [&] {
        const Socket socket = Bind(0);
        for (size_t i = 0; i < kDatagrams; ++i) {
          const std::string bytes = Pattern(i, i + 1);
          absl::Status sent = socket->SendTo(address.Get(), bytes);
          while (absl::IsResourceExhausted(sent)) {
            Pass(absl::Milliseconds(1));
            sent = socket->SendTo(address.Get(), bytes);
          }
          EXPECT_TRUE(sent.ok()) << sent;
        }
      },
      [&] {
        const Socket socket = Bind(1);
        address.Put(socket->address());
        size_t received = 0;
        while (true) {
          const auto datagram = socket->ReceiveFrom(In(absl::Milliseconds(300)));
          if (!datagram.ok()) break;
          ++received;
          const size_t length = datagram->bytes.size();
          ASSERT_TRUE(length > 0 && length <= kDatagrams);
          EXPECT_TRUE(datagram->bytes == Pattern(length - 1, length));
        }
        EXPECT_GT(received, kDatagrams / 2);
      });
}

// Whatever both ends make of it: each comes whole, on its own or with others.
TEST_P(DatagramsConformance, ABatchIsDatagramsOneBehindTheOther) {
  constexpr size_t kEach = 700;
  constexpr size_t kCounts[] = {1, 2, 7, DatagramBatch::kDatagramsMax};
  std::string bytes;
  for (size_t i = 0; i < DatagramBatch::kDatagramsMax; ++i) bytes += Pattern(i, kEach);
  Slot<SocketAddress> address;
  Event done;
  Run(
      [&] {
        const Socket socket = Bind(0);
        for (int round = 0; round < 20; ++round) {
          for (const size_t count : kCounts) {
            // The last is shorter by one.
            const auto batch = absl::string_view(bytes).substr(0, count * kEach - 1);
            absl::Status sent = socket->SendBatch(address.Get(), batch, kEach);
            EXPECT_TRUE(sent.ok() || absl::IsResourceExhausted(sent)) << sent;
            Pass(absl::Milliseconds(5));
          }
        }
        done.Set();
      },
      [&] {
        const Socket socket = Bind(1);
        address.Put(socket->address());
        size_t short_ones = 0;
        size_t whole_ones = 0;
        const auto check = [&](absl::string_view datagram) {
          ASSERT_TRUE(datagram.size() == kEach || datagram.size() == kEach - 1);
          const auto number = static_cast<uint8_t>(datagram[0] * 223);  // 31 * 223 % 256 is 1
          EXPECT_TRUE(Pattern(number, kEach).substr(0, datagram.size()) == datagram);
          ++(datagram.size() == kEach ? whole_ones : short_ones);
        };
        for (int taken = 0;; ++taken) {
          if (taken % 3 == 0) {  // one of them, then the rest of its batch
            const auto one = socket->ReceiveFrom(In(absl::Milliseconds(500)));
            if (!one.ok()) break;
            check(one->bytes);
            continue;
          }
          const auto batch = socket->ReceiveBatch(In(absl::Milliseconds(500)));
          if (!batch.ok()) break;
          EXPECT_LE(batch->bytes.size(), kDatagramBytesMax);
          size_t counted = 0;
          batch->ForEach([&](absl::string_view datagram) {
            ++counted;
            check(datagram);
          });
          EXPECT_EQ(counted, batch->size());
        }
        EXPECT_GT(short_ones, 40u);   // of 80
        EXPECT_GT(whole_ones, 250u);  // of 1,400; a Unix socket holds few
        done.Await();
      });
}

TEST_P(DatagramsConformance, WhatIsNoBatchIsInvalid) {
  Run(
      [&] {
        const Socket socket = Bind(0);
        const std::string bytes(kDatagramBytesMax, 'x');
        const SocketAddress own = socket->address();
        const auto code = [&](size_t size, size_t each) {
          return socket->SendBatch(own, absl::string_view(bytes).substr(0, size), each).code();
        };
        EXPECT_EQ(code(0, 100), absl::StatusCode::kInvalidArgument);
        EXPECT_EQ(code(100, 0), absl::StatusCode::kInvalidArgument);
        EXPECT_EQ(code(DatagramBatch::kDatagramsMax + 1, 1), absl::StatusCode::kInvalidArgument);
        EXPECT_EQ(code(DatagramBatch::kDatagramsMax, 1), absl::StatusCode::kOk);
        ExpectCode(socket->SendBatch(own, bytes + "x", 2000), absl::StatusCode::kInvalidArgument);
      },
      [] {});
}

TEST_P(DatagramsConformance, DeadlineInThePastStillTakesWhatIsThere) {
  Run(
      [&] {
        const Socket socket = Bind(0);
        ExpectCode(socket->ReceiveFrom(Instant()).status(), absl::StatusCode::kDeadlineExceeded);
        const Instant deadline = In(absl::Milliseconds(20));
        ExpectCode(socket->ReceiveFrom(deadline).status(), absl::StatusCode::kDeadlineExceeded);
        EXPECT_GE(In(absl::ZeroDuration()), deadline);
        for (int i = 0; i < 8; ++i) EXPECT_TRUE(socket->SendTo(socket->address(), "now").ok());
        Pass(absl::Seconds(1));
        EXPECT_EQ(socket->ReceiveFrom(Instant())->bytes, "now");
      },
      [] {});
}

TEST_P(DatagramsConformance, CloseWakesAParkedReceiverAndLaterCallsFail) {
  Run(
      [&] {
        const Socket socket = Bind(0);
        Beside receiver([&] {
          ExpectCode(socket->ReceiveFrom(Instant::Infinite()).status(),
                     absl::StatusCode::kUnavailable);
        });
        Pass(absl::Milliseconds(20));
        socket->Close();
        socket->Close();
        receiver.Join();
        ExpectCode(socket->ReceiveFrom(Instant()).status(), absl::StatusCode::kUnavailable);
        ExpectCode(socket->SendTo(socket->address(), "x"), absl::StatusCode::kUnavailable);
      },
      [] {});
}

TEST_P(DatagramsConformance, StoppedReceiverGivesUpAndTheSocketLives) {
  RunWithEcho([](DatagramSocket& socket, const SocketAddress& echo) {
    Beside receiver([&] {
      ExpectCode(socket.ReceiveFrom(Instant::Infinite()).status(), absl::StatusCode::kCancelled);
    });
    Pass(absl::Milliseconds(20));
    receiver.Stop();
    receiver.Join();
    EXPECT_EQ(Ask(socket, echo, "alive").bytes, "alive");
  });
}

TEST_P(DatagramsConformance, AddressInUseIsAlreadyExistsUntilItsSocketIsGone) {
  Run(
      [&] {
        Socket first = Bind(0);
        const SocketAddress address = first->address();
        const auto second = world_->sockets(0).Bind(address);
        ExpectCode(second.status(), absl::StatusCode::kAlreadyExists);
        EXPECT_TRUE(absl::StrContains(second.status().message(), address.ToString()));
        // Connections have ports of their own, but a path is one file.
        EXPECT_EQ(world_->sockets(0).Listen(address).ok(), !world_->is_unix());
        first = nullptr;
        bool free = false;
        for (int i = 0; i < 1000 && !free; ++i) {
          Pass(absl::Milliseconds(1));
          free = world_->sockets(0).Bind(address).ok();
        }
        EXPECT_TRUE(free);
      },
      [] {});
}

TEST_P(DatagramsConformance, WhatIsNoAddressIsInvalid) {
  Run(
      [&] {
        const Socket socket = Bind(0);
        for (const SocketAddress& address :
             {SocketAddress{"localhost", 1}, SocketAddress{"", 1}, SocketAddress{"1.2.3", 1}}) {
          ExpectCode(world_->sockets(0).Bind(address).status(), absl::StatusCode::kInvalidArgument);
          ExpectCode(socket->SendTo(address, "x"), absl::StatusCode::kInvalidArgument);
        }
        ExpectCode(world_->sockets(0).Bind(world_->foreign()).status(),
                   absl::StatusCode::kInvalidArgument);
        ExpectCode(socket->SendTo({"::1", 1}, "x"), absl::StatusCode::kInvalidArgument);
        const SocketAddress other_kind = {world_->is_unix() ? "127.0.0.1" : "unix:@x", 0};
        ExpectCode(socket->SendTo(other_kind, "x"), absl::StatusCode::kInvalidArgument);
        const SocketAddress port0 = {world_->is_unix() ? "127.0.0.1" : world_->any_port(1).host};
        const absl::Status nobody = socket->SendTo(port0, "x");
        ExpectCode(nobody, absl::StatusCode::kInvalidArgument);
        EXPECT_TRUE(absl::StrContains(nobody.message(), port0.ToString())) << nobody;
      },
      [] {});
}

TEST_P(DatagramsConformance, WhoSendsToNobodyIsNotTold) {
  if (world_->is_unix()) GTEST_SKIP() << "it is: see UnixConformance";
  Run(
      [&] {
        const Socket socket = Bind(0);
        for (int i = 0; i < 5; ++i) {
          EXPECT_TRUE(socket->SendTo(world_->refusing(), "anybody?").ok());
          ExpectCode(socket->ReceiveFrom(In(absl::Milliseconds(30))).status(),
                     absl::StatusCode::kDeadlineExceeded);
        }
      },
      [] {});
}

TEST_P(DatagramsConformance, AFloodThatNobodyReadsTakesABoundedRoom) {
  constexpr int kDatagrams = 1000;  // 16 MB
  Slot<SocketAddress> address;
  Event sent;
  Run(
      [&] {
        const Socket socket = Bind(0);
        const SocketAddress there = address.Get();
        const std::string bytes = Pattern(0, 16000);
        for (int i = 0; i < kDatagrams; ++i) {
          const absl::Status status = socket->SendTo(there, bytes);
          EXPECT_TRUE(status.ok() || absl::IsResourceExhausted(status)) << status;
        }
        Pass(absl::Seconds(1));
        sent.Set();
      },
      [&] {
        const Socket socket = Bind(1);
        address.Put(socket->address());
        sent.Await();
        int received = 0;
        while (socket->ReceiveFrom(Instant()).ok()) ++received;
        EXPECT_GT(received, 0);
        EXPECT_LT(received, kDatagrams / 2);
      });
}

TEST_P(DatagramsConformance, BoundToAllOfTheHostsAddressesItHearsWhatIsSentToOne) {
  if (world_->is_unix()) GTEST_SKIP() << "no IP";
  Run(
      [&] {
        auto all = world_->sockets(0).Bind({"0.0.0.0", 0});
        ASSERT_TRUE(all.ok()) << all.status();
        EXPECT_EQ((*all)->address().host, "0.0.0.0");
        Beside echo([&] { Echo(**all); });
        const SocketAddress one = {world_->any_port(0).host, (*all)->address().port};
        EXPECT_EQ(Ask(*Bind(0), one, "ping").from, one);
        echo.Stop();
        echo.Join();
      },
      [] {});
}

}  // namespace rehearse::net

#endif  // REHEARSE_TESTS_CONFORMANCE_DATAGRAMS_CONFORMANCE_H_
