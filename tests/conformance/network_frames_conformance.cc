// What all Networks promise about frames: whole, in order, and as fast as they are read.

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "rehearse/net/network.h"
#include "rehearse/tests/conformance/network_conformance.h"
#include "rehearse/tests/conformance/two_nodes.h"

namespace rehearse::net {

TEST_P(NetworkConformance, CarriesFramesBothWays) {
  RunConnected(
      [](Stream& stream) {
        EXPECT_TRUE(stream.Write("ping").ok());
        EXPECT_EQ(ReadFrame(stream), "pong");
      },
      [](Stream& stream) {
        EXPECT_EQ(ReadFrame(stream), "ping");
        EXPECT_TRUE(stream.Write("pong").ok());
        Drink(stream);
      });
}

TEST_P(NetworkConformance, KeepsFramesWholeAndInOrder) {
  const auto frame = [](int i) {
    return absl::StrCat(i, ":", std::string(static_cast<size_t>(i * i % 5000), 'x'));
  };
  RunConnected(
      [&](Stream& stream) {
        for (int i = 0; i < 1000; ++i) ASSERT_TRUE(stream.Write(frame(i)).ok());
        EXPECT_EQ(ReadFrame(stream), "all");
      },
      [&](Stream& stream) {
        for (int i = 0; i < 1000; ++i) ASSERT_EQ(ReadFrame(stream), frame(i));
        EXPECT_TRUE(stream.Write("all").ok());
        Drink(stream);
      });
}

TEST_P(NetworkConformance, FramesMayBeEmptyAndHoldAnyByte) {
  const std::string zeros(3, '\0');
  RunConnected(
      [&](Stream& stream) {
        EXPECT_TRUE(stream.Write("").ok());
        EXPECT_TRUE(stream.Write(zeros).ok());
        EXPECT_TRUE(stream.Write("").ok());
        Drink(stream);
      },
      [&](Stream& stream) {
        EXPECT_EQ(ReadFrame(stream), "");
        EXPECT_EQ(ReadFrame(stream), zeros);
        EXPECT_EQ(ReadFrame(stream), "");
      });
}

TEST_P(NetworkConformance, CarriesTheLargestFrameAndRefusesOneByteMore) {
  RunConnected(
      [](Stream& stream) {
        EXPECT_TRUE(stream.Write(std::string(kFrameBytesMax, 'x')).ok());
        ExpectStatus(stream.Write(std::string(kFrameBytesMax + 1, 'y')),
                     absl::StatusCode::kInvalidArgument);
        EXPECT_TRUE(stream.Write("still here").ok());
        Drink(stream);
      },
      [](Stream& stream) {
        EXPECT_TRUE(ReadFrame(stream) == std::string(kFrameBytesMax, 'x'));
        EXPECT_EQ(ReadFrame(stream), "still here");
      });
}

TEST_P(NetworkConformance, DirectionsDoNotWaitForEachOther) {
  constexpr int kFrames = 64;
  const auto exchange = [](Stream& stream) {
    Beside writer([&] {
      for (int i = 0; i < kFrames; ++i) {
        EXPECT_TRUE(stream.Write(std::string(100000, static_cast<char>('a' + i % 26))).ok());
      }
    });
    for (int i = 0; i < kFrames; ++i) {
      EXPECT_TRUE(ReadFrame(stream) == std::string(100000, static_cast<char>('a' + i % 26)));
    }
    writer.Join();
  };
  Event done;
  RunConnected(
      [&](Stream& stream) {
        exchange(stream);
        done.Await();
      },
      [&](Stream& stream) {
        exchange(stream);
        done.Set();
      });
}

TEST_P(NetworkConformance, FramesOfSeveralWritersStayWholeAndEachOnesInOrder) {
  constexpr int kWriters = 5;
  constexpr int kFrames = 100;
  RunConnected(
      [](Stream& stream) {
        std::vector<std::unique_ptr<Beside>> writers;
        for (int writer = 0; writer < kWriters; ++writer) {
          writers.push_back(std::make_unique<Beside>([&stream, writer] {
            for (int i = 0; i < kFrames; ++i) {
              const auto size = static_cast<size_t>(1000 + writer * 777 + i);
              std::string frame(size, static_cast<char>(writer));
              frame[0] = static_cast<char>(i);
              EXPECT_TRUE(stream.Write(std::move(frame)).ok());
            }
          }));
        }
        for (const auto& writer : writers) writer->Join();
        EXPECT_EQ(ReadFrame(stream), "all");
      },
      [](Stream& stream) {
        std::vector<int> next(kWriters, 0);
        for (int i = 0; i < kWriters * kFrames; ++i) {
          const std::string frame = ReadFrame(stream);
          ASSERT_GE(frame.size(), 1000u);
          const auto writer = static_cast<size_t>(frame[1]);
          ASSERT_LT(writer, static_cast<size_t>(kWriters));
          const int number = next[writer]++;
          EXPECT_EQ(frame[0], static_cast<char>(number));
          EXPECT_EQ(frame.size(), 1000 + writer * 777 + static_cast<size_t>(number));
          EXPECT_EQ(frame.find_first_not_of(static_cast<char>(writer), 1), std::string::npos);
        }
        EXPECT_TRUE(stream.Write("all").ok());
        Drink(stream);
      });
}

TEST_P(NetworkConformance, SlowReaderParksTheWriterUntilItReads) {
  Event standstill;
  Slot<int> written;
  RunConnected(
      [&](Stream& stream) {
        Flood flood(stream, FramesMax());
        EXPECT_LT(flood.AwaitStandstill(), FramesMax());
        standstill.Set();
        written.Put(flood.End());
        EXPECT_TRUE(stream.Write("last").ok());
        Drink(stream);
      },
      [&](Stream& stream) {
        standstill.Await();
        int read = 0;
        while (ReadFrame(stream).size() == kFloodFrameBytes) ++read;
        EXPECT_EQ(read, written.Get());
      });
}

TEST_P(NetworkConformance, FullStreamDoesNotDelayAnother) {
  Slot<std::string> address;
  Event accepted;  // which of two streams comes first is nowhere promised
  Event done;
  Run(
      [&] {
        const StreamPtr full = Dial(address.Get());
        accepted.Await();
        const StreamPtr other = Dial(address.Get());
        Flood flood(*full, FramesMax());
        flood.AwaitStandstill();
        EXPECT_TRUE(other->Write("ping").ok());
        EXPECT_EQ(ReadFrame(*other), "pong");
        full->Close();
        ExpectStatus(flood.Join(), absl::StatusCode::kUnavailable);
        done.Set();
      },
      [&] {
        const auto listener = Listen();
        address.Put(listener->address());
        const StreamPtr full = Accept(*listener);
        accepted.Set();
        const StreamPtr other = Accept(*listener);
        EXPECT_EQ(ReadFrame(*other), "ping");
        EXPECT_TRUE(other->Write("pong").ok());
        done.Await();
      });
}

TEST_P(NetworkConformance, ManyStreamsTalkAtOnce) {
  constexpr size_t kStreams = 100;
  constexpr int kRounds = 10;
  Slot<std::string> address;
  const auto run_all = [](const std::function<void(size_t)>& body) {
    std::vector<std::unique_ptr<Beside>> fibers;
    for (size_t i = 0; i < kStreams; ++i) {
      fibers.push_back(std::make_unique<Beside>([&body, i] { body(i); }));
    }
    for (const auto& fiber : fibers) fiber->Join();
  };
  Run(
      [&] {
        run_all([&](size_t i) {
          const StreamPtr stream = Dial(address.Get());
          for (int round = 0; round < kRounds; ++round) {
            const std::string frame = absl::StrCat(i, " ", round);
            EXPECT_TRUE(stream->Write(frame).ok());
            EXPECT_EQ(ReadFrame(*stream), frame);
          }
        });
      },
      [&] {
        const auto listener = Listen();
        address.Put(listener->address());
        std::vector<StreamPtr> streams;
        for (size_t i = 0; i < kStreams; ++i) streams.push_back(Accept(*listener));
        run_all([&](size_t i) {
          for (int round = 0; round < kRounds; ++round) {
            EXPECT_TRUE(streams[i]->Write(ReadFrame(*streams[i])).ok());
          }
          Drink(*streams[i]);
        });
      });
}

}  // namespace rehearse::net
