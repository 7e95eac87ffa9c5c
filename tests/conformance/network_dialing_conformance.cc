// What all Networks promise about listening, and dialling who listens.

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "rehearse/net/network.h"
#include "rehearse/tests/conformance/network_conformance.h"
#include "rehearse/tests/conformance/two_nodes.h"

namespace rehearse::net {

TEST_P(NetworkConformance, StoppedAcceptorAndDialerGiveUp) {
  Run(
      [&] {
        Beside dialer([&] {
          const auto stream =
              world_->network(0).Dial(world_->silent_address(), Instant::Infinite());
          ExpectStatus(stream.status(), absl::StatusCode::kCancelled);
        });
        Pass(absl::Milliseconds(20));
        dialer.Stop();
        dialer.Join();
      },
      [&] {
        const auto listener = Listen();
        Beside acceptor(
            [&] { ExpectStatus(listener->Accept().status(), absl::StatusCode::kCancelled); });
        Pass(absl::Milliseconds(20));
        acceptor.Stop();
        acceptor.Join();
      });
}

TEST_P(NetworkConformance, RefusedDialIsUnavailable) {
  Run(
      [&] {
        const auto stream =
            world_->network(0).Dial(world_->refusing_address(), Instant::Infinite());
        ExpectStatus(stream.status(), absl::StatusCode::kUnavailable);
        EXPECT_TRUE(absl::StrContains(stream.status().message(), world_->refusing_address()))
            << stream.status();
      },
      [] {});
}

TEST_P(NetworkConformance, DialWithoutAnAnswerEndsAtItsDeadline) {
  Run(
      [&] {
        const Instant deadline = In(absl::Milliseconds(30));
        const auto stream = world_->network(0).Dial(world_->silent_address(), deadline);
        ExpectStatus(stream.status(), absl::StatusCode::kDeadlineExceeded);
        EXPECT_GE(In(absl::ZeroDuration()), deadline);
      },
      [] {});
}

TEST_P(NetworkConformance, AddressInUseIsAlreadyExistsUntilItsListenerCloses) {
  Run(
      [&] {
        const auto first = Listen(0);
        const std::string address = first->address();
        ExpectStatus(world_->network(0).Listen(address).status(), absl::StatusCode::kAlreadyExists);
        first->Close();
        EXPECT_TRUE(world_->network(0).Listen(address).ok());
      },
      [] {});
}

TEST_P(NetworkConformance, AddressOfAnotherKindIsInvalid) {
  Run(
      [&] {
        for (const absl::string_view address : {"", "localhost:80", "/dns4/localhost/tcp/80"}) {
          ExpectStatus(world_->network(0).Listen(address).status(),
                       absl::StatusCode::kInvalidArgument);
          ExpectStatus(world_->network(0).Dial(address, Instant::Infinite()).status(),
                       absl::StatusCode::kInvalidArgument);
        }
      },
      [] {});
}

TEST_P(NetworkConformance, ClosedListenerEndsAcceptAndRefuses) {
  Slot<std::string> address;
  Run(
      [&] {
        const auto stream = world_->network(0).Dial(address.Get(), Instant::Infinite());
        ExpectStatus(stream.status(), absl::StatusCode::kUnavailable);
      },
      [&] {
        const auto listener = Listen();
        Beside acceptor(
            [&] { ExpectStatus(listener->Accept().status(), absl::StatusCode::kUnavailable); });
        Pass(absl::Milliseconds(20));
        listener->Close();
        acceptor.Join();
        ExpectStatus(listener->Accept().status(), absl::StatusCode::kUnavailable);
        address.Put(listener->address());
      });
}

TEST_P(NetworkConformance, StreamsOutliveTheirListener) {
  Slot<std::string> address;
  Run(
      [&] {
        const StreamPtr stream = Dial(address.Get());
        EXPECT_FALSE(stream->peer().empty());
        EXPECT_EQ(ReadFrame(*stream), "still here");
      },
      [&] {
        auto listener = Listen();
        address.Put(listener->address());
        const StreamPtr stream = Accept(*listener);
        EXPECT_FALSE(stream->peer().empty());
        listener.reset();
        EXPECT_TRUE(stream->Write("still here").ok());
        Drink(*stream);
      });
}

}  // namespace rehearse::net
