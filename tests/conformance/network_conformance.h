// What all Networks promise, those on sockets and the simulated one alike: the fixture of the
// claims in network_*_conformance.cc.
//
//   INSTANTIATE_TEST_SUITE_P(Tcp, NetworkConformance, testing::Values(NetworkArm{…}),
//                            NetworkArmName());

#ifndef REHEARSE_TESTS_CONFORMANCE_NETWORK_CONFORMANCE_H_
#define REHEARSE_TESTS_CONFORMANCE_NETWORK_CONFORMANCE_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "rehearse/net/network.h"
#include "rehearse/tests/conformance/network_world.h"
#include "rehearse/tests/conformance/two_nodes.h"

namespace rehearse::net {

class NetworkConformance : public testing::TestWithParam<NetworkArm> {
 public:
  using StreamPtr = std::unique_ptr<Stream>;
  using UseStream = std::function<void(Stream&)>;

  static constexpr size_t kFloodFrameBytes = size_t{64} << 10;

  void Run(std::function<void()> first, std::function<void()> second) {
    world_->nodes().Run(std::move(first), std::move(second));
  }

  std::unique_ptr<Listener> Listen(int node = 1) {
    auto listener = world_->network(node).Listen(world_->free_address(node));
    EXPECT_TRUE(listener.ok()) << listener.status();
    return *std::move(listener);
  }
  StreamPtr Dial(absl::string_view address) {
    auto stream = world_->network(0).Dial(address, Instant::Infinite());
    EXPECT_TRUE(stream.ok()) << stream.status();
    return *std::move(stream);
  }
  static StreamPtr Accept(Listener& listener) {
    auto stream = listener.Accept();
    EXPECT_TRUE(stream.ok()) << stream.status();
    return *std::move(stream);
  }

  // Opens a stream from node 0 to node 1; what one of them returns from is closed then.
  void RunConnected(const UseStream& dialer, const UseStream& listener) {
    Slot<std::string> address;
    Run([&] { dialer(*Dial(address.Get())); },
        [&] {
          const auto listening = Listen();
          address.Put(listening->address());
          listener(*Accept(*listening));
        });
  }

  static std::string ReadFrame(Stream& stream) {
    auto frame = stream.Read();
    EXPECT_TRUE(frame.ok()) << frame.status();
    return frame.ok() ? *std::move(frame) : "";
  }
  // Reads until the stream is over.
  static void Drink(Stream& stream) {
    while (stream.Read().ok()) {
    }
  }
  // More of a flood than goes into a stream that nobody reads from.
  int FramesMax() { return static_cast<int>(world_->unread_bytes_max() / kFloodFrameBytes) + 1; }

  const std::unique_ptr<NetworkWorld> world_ = GetParam().make();
};

inline void ExpectStatus(const absl::Status& status, absl::StatusCode code) {
  EXPECT_EQ(status.code(), code) << status;
}

// Writes to somebody who does not read, on a fiber of its own, until told to end.
class Flood {
 public:
  explicit Flood(Stream& stream, int frames_max)
      : fiber_([this, &stream, frames_max] {
          for (; frames_ < frames_max && status_.ok() && !ending_; ++frames_) {
            status_ = stream.Write(std::string(NetworkConformance::kFloodFrameBytes, 'x'));
          }
          if (!status_.ok()) --frames_;
        }) {}

  // Parks until no frame has been taken for a while; returns how many were.
  int AwaitStandstill() {
    int before = -1;
    for (int now = frames_; now != before; now = frames_) {
      before = now;
      Pass(absl::Milliseconds(300));
    }
    return before;
  }
  // Returns how many were taken in all.
  int End() {
    ending_ = true;
    fiber_.Join();
    return frames_;
  }
  void Stop() { fiber_.Stop(); }
  absl::Status Join() {
    fiber_.Join();
    return status_;
  }

 private:
  std::atomic<int> frames_{0};
  std::atomic<bool> ending_{false};
  absl::Status status_;
  Beside fiber_;
};

}  // namespace rehearse::net

#endif  // REHEARSE_TESTS_CONFORMANCE_NETWORK_CONFORMANCE_H_
