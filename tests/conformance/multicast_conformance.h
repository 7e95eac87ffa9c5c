// What Multicast promises, the host's and the simulated one alike.
//
// A link may lose, double or reorder, so the tests say things again, as a program must.

#ifndef REHEARSE_TESTS_CONFORMANCE_MULTICAST_CONFORMANCE_H_
#define REHEARSE_TESTS_CONFORMANCE_MULTICAST_CONFORMANCE_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "rehearse/net/socket/multicast.h"
#include "rehearse/tests/conformance/two_nodes.h"

namespace rehearse::net {

// One world for one test. Its fibers have all returned when it goes.
class MulticastWorld {
 public:
  virtual ~MulticastWorld() = default;

  virtual TwoNodes& nodes() = 0;
  virtual Multicast& multicast(int node) = 0;
  // That no other world has.
  virtual SocketAddress group() = 0;
  virtual SocketAddress other_group() = 0;
};

struct MulticastArm {
  std::string name;
  std::function<std::unique_ptr<MulticastWorld>()> make;
};

struct MulticastArmName {
  std::string operator()(const testing::TestParamInfo<MulticastArm>& info) const {
    return info.param.name;
  }
};

class MulticastConformance : public testing::TestWithParam<MulticastArm> {
 public:
  using Socket = std::unique_ptr<GroupSocket>;

  void Run(std::function<void()> first, std::function<void()> second) {
    world_->nodes().Run(std::move(first), std::move(second));
  }
  Socket Join(int node, const SocketAddress& group) {
    auto socket = world_->multicast(node).Join(group);
    EXPECT_TRUE(socket.ok()) << socket.status();
    return *std::move(socket);
  }
  Socket Join(int node) { return Join(node, world_->group()); }

  // Says `bytes` until `listener` hears it, whatever else it hears.
  static Datagram SayUntilHeard(GroupSocket& speaker, absl::string_view bytes,
                                GroupSocket& listener) {
    for (int attempt = 0; attempt < 50; ++attempt) {
      const absl::Status sent = speaker.Send(bytes);
      EXPECT_TRUE(sent.ok()) << sent;
      auto heard = listener.Receive(In(absl::Milliseconds(500)));
      while (heard.ok() && heard->bytes != bytes) {
        heard = listener.Receive(In(absl::Milliseconds(500)));
      }
      if (heard.ok()) return *std::move(heard);
      ExpectCode(heard.status(), absl::StatusCode::kDeadlineExceeded);
    }
    ADD_FAILURE() << "not heard in fifty attempts";
    return {};
  }
  static void ExpectCode(const absl::Status& status, absl::StatusCode code) {
    EXPECT_EQ(status.code(), code) << status;
  }

  const std::unique_ptr<MulticastWorld> world_ = GetParam().make();
};

TEST_P(MulticastConformance, MembersOnAllHostsHearItAndWhoSentIt) {
  Slot<bool> joined;
  Event heard;
  Run(
      [&] {
        const Socket socket = Join(0);
        joined.Get();
        Beside speaker([&] {
          while (socket->Send("is anybody there").ok()) Pass(absl::Milliseconds(50));
        });
        heard.Await();
        socket->Close();
        speaker.Join();
      },
      [&] {
        const Socket socket = Join(1);
        joined.Put(true);
        const auto came = socket->Receive(In(absl::Seconds(30)));
        heard.Set();
        ASSERT_TRUE(came.ok()) << came.status();
        EXPECT_EQ(came->bytes, "is anybody there");
        EXPECT_EQ(came->from.port, world_->group().port);
        const std::vector<std::string> ips = world_->multicast(0).OwnIps();
        EXPECT_EQ(ips, std::vector<std::string>{came->from.host});
      });
}

TEST_P(MulticastConformance, WhoSendsHearsItself) {
  Run(
      [&] {
        const Socket socket = Join(0);
        EXPECT_EQ(SayUntilHeard(*socket, "echo", *socket).bytes, "echo");
      },
      [] {});
}

TEST_P(MulticastConformance, MembersOfOneHostShareThePort) {
  Run(
      [&] {
        const Socket first = Join(0);
        const Socket second = Join(0);
        SayUntilHeard(*first, "to the second", *second);
        SayUntilHeard(*second, "to the first", *first);
      },
      [] {});
}

TEST_P(MulticastConformance, OtherGroupsAreNotHeard) {
  Run(
      [&] {
        const Socket here = Join(0);
        const Socket elsewhere = Join(0, world_->other_group());
        for (int i = 0; i < 20; ++i) EXPECT_TRUE(elsewhere->Send("elsewhere").ok());
        EXPECT_EQ(SayUntilHeard(*here, "here", *here).bytes, "here");
        Pass(absl::Milliseconds(200));
        while (true) {
          const auto more = here->Receive(Instant());
          if (!more.ok()) break;
          EXPECT_EQ(more->bytes, "here");
        }
      },
      [] {});
}

TEST_P(MulticastConformance, CloseWakesAParkedReceiverAndLaterCallsFail) {
  Run(
      [&] {
        const Socket socket = Join(0);
        ExpectCode(socket->Receive(In(absl::Milliseconds(20))).status(),
                   absl::StatusCode::kDeadlineExceeded);
        Beside receiver([&] {
          ExpectCode(socket->Receive(Instant::Infinite()).status(), absl::StatusCode::kUnavailable);
        });
        Pass(absl::Milliseconds(20));
        socket->Close();
        socket->Close();
        receiver.Join();
        ExpectCode(socket->Receive(Instant()).status(), absl::StatusCode::kUnavailable);
        ExpectCode(socket->Send("x"), absl::StatusCode::kUnavailable);
      },
      [] {});
}

TEST_P(MulticastConformance, StoppedReceiverGivesUpAndTheMemberStays) {
  Run(
      [&] {
        const Socket socket = Join(0);
        Beside receiver([&] {
          ExpectCode(socket->Receive(Instant::Infinite()).status(), absl::StatusCode::kCancelled);
        });
        Pass(absl::Milliseconds(20));
        receiver.Stop();
        receiver.Join();
        SayUntilHeard(*socket, "alive", *socket);
      },
      [] {});
}

TEST_P(MulticastConformance, WhatIsNoGroupIsInvalid) {
  Run(
      [&] {
        Multicast& multicast = world_->multicast(0);
        for (const SocketAddress& address :
             {SocketAddress{"223.255.255.255", 5353}, SocketAddress{"240.0.0.0", 5353},
              SocketAddress{"ff02::fb", 5353}, SocketAddress{"mdns", 5353},
              SocketAddress{"224.0.0.251", 0}, SocketAddress{"unix:@x"}}) {
          ExpectCode(multicast.Join(address).status(), absl::StatusCode::kInvalidArgument);
        }
        const Socket socket = Join(0);
        ExpectCode(socket->Send(std::string(kDatagramBytesMax + 1, 'x')),
                   absl::StatusCode::kInvalidArgument);
      },
      [] {});
}

}  // namespace rehearse::net

#endif  // REHEARSE_TESTS_CONFORMANCE_MULTICAST_CONFORMANCE_H_
