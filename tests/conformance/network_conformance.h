// What all Networks promise, those on sockets and the simulated one alike.
//
//   INSTANTIATE_TEST_SUITE_P(Tcp, NetworkConformance, testing::Values(NetworkArm{…}), ArmName());

#ifndef REHEARSE_TESTS_CONFORMANCE_NETWORK_CONFORMANCE_H_
#define REHEARSE_TESTS_CONFORMANCE_NETWORK_CONFORMANCE_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rehearse/net/network.h"
#include "rehearse/tests/conformance/network_world.h"
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

TEST_P(NetworkConformance, CloseWakesReadersOnBothSides) {
  RunConnected(
      [](Stream& stream) {
        Beside reader(
            [&] { ExpectStatus(stream.Read().status(), absl::StatusCode::kUnavailable); });
        Pass(absl::Milliseconds(20));
        stream.Close();
        stream.Close();
        reader.Join();
      },
      [](Stream& stream) { ExpectStatus(stream.Read().status(), absl::StatusCode::kUnavailable); });
}

TEST_P(NetworkConformance, CloseWakesAParkedWriterHere) {
  Event done;
  RunConnected(
      [&](Stream& stream) {
        Flood flood(stream, FramesMax());
        flood.AwaitStandstill();
        stream.Close();
        ExpectStatus(flood.Join(), absl::StatusCode::kUnavailable);
        done.Set();
      },
      [&](Stream&) { done.Await(); });
}

TEST_P(NetworkConformance, CloseWakesAParkedWriterThere) {
  Event standstill;
  RunConnected(
      [&](Stream& stream) {
        Flood flood(stream, FramesMax());
        flood.AwaitStandstill();
        standstill.Set();
        ExpectStatus(flood.Join(), absl::StatusCode::kUnavailable);
      },
      [&](Stream&) { standstill.Await(); });
}

TEST_P(NetworkConformance, ClosedStreamIsUnavailable) {
  RunConnected(
      [](Stream& stream) {
        stream.Close();
        ExpectStatus(stream.Read().status(), absl::StatusCode::kUnavailable);
        ExpectStatus(stream.Write("x"), absl::StatusCode::kUnavailable);
      },
      [](Stream& stream) {
        ExpectStatus(stream.Read().status(), absl::StatusCode::kUnavailable);
        ExpectStatus(stream.Read().status(), absl::StatusCode::kUnavailable);
        absl::Status status;
        for (int i = 0; i < 1000 && status.ok(); ++i) {
          status = stream.Write("x");
          Pass(absl::Milliseconds(1));
        }
        ExpectStatus(status, absl::StatusCode::kUnavailable);
      });
}

// Some of what was written last may be lost, but no gap.
TEST_P(NetworkConformance, WhatArrivesBeforeTheEndIsAPrefix) {
  RunConnected(
      [](Stream& stream) {
        for (int i = 0; i < 100; ++i) EXPECT_TRUE(stream.Write(absl::StrCat(i)).ok());
      },
      [](Stream& stream) {
        int next = 0;
        while (true) {
          const auto frame = stream.Read();
          if (!frame.ok()) {
            ExpectStatus(frame.status(), absl::StatusCode::kUnavailable);
            break;
          }
          ASSERT_EQ(*frame, absl::StrCat(next++));
        }
        EXPECT_LE(next, 100);
      });
}

// They arrived before the end, and were not asked for until after.
TEST_P(NetworkConformance, EndComesAfterTheFramesThatArrived) {
  Event arrived;
  RunConnected(
      [&](Stream& stream) {
        for (int i = 0; i < 10; ++i) EXPECT_TRUE(stream.Write(absl::StrCat(i)).ok());
        arrived.Await();
      },
      [&](Stream& stream) {
        EXPECT_EQ(ReadFrame(stream), "0");
        Pass(absl::Milliseconds(50));
        arrived.Set();
        Pass(absl::Milliseconds(50));
        for (int i = 1; i < 10; ++i) EXPECT_EQ(ReadFrame(stream), absl::StrCat(i));
        ExpectStatus(stream.Read().status(), absl::StatusCode::kUnavailable);
      });
}

TEST_P(NetworkConformance, StoppedReaderLosesNoFrame) {
  Event stopped;
  RunConnected(
      [&](Stream& stream) {
        Beside reader([&] { ExpectStatus(stream.Read().status(), absl::StatusCode::kCancelled); });
        Pass(absl::Milliseconds(20));
        reader.Stop();
        reader.Join();
        stopped.Set();
        EXPECT_EQ(ReadFrame(stream), "alive");
      },
      [&](Stream& stream) {
        stopped.Await();
        EXPECT_TRUE(stream.Write("alive").ok());
        Drink(stream);
      });
}

TEST_P(NetworkConformance, StoppedWriterLeavesTheStreamWhole) {
  Event stopped;
  RunConnected(
      [&](Stream& stream) {
        Flood flood(stream, FramesMax());
        flood.AwaitStandstill();
        flood.Stop();
        ExpectStatus(flood.Join(), absl::StatusCode::kCancelled);
        stopped.Set();
        EXPECT_TRUE(stream.Write("alive").ok());
        EXPECT_EQ(ReadFrame(stream), "good");
      },
      [&](Stream& stream) {
        stopped.Await();
        std::string frame;
        while ((frame = ReadFrame(stream)).size() == kFloodFrameBytes) {
        }
        EXPECT_EQ(frame, "alive");
        EXPECT_TRUE(stream.Write("good").ok());
        Drink(stream);
      });
}

TEST_P(NetworkConformance, AReadGivesUpAtItsDeadlineAndLosesNoFrame) {
  Event gave_up;
  RunConnected(
      [&](Stream& stream) {
        const Instant deadline = In(absl::Milliseconds(30));
        ExpectStatus(stream.Read(deadline).status(), absl::StatusCode::kDeadlineExceeded);
        EXPECT_GE(In(absl::ZeroDuration()), deadline);
        ExpectStatus(stream.Read(deadline).status(), absl::StatusCode::kDeadlineExceeded);
        EXPECT_TRUE(stream.Write("alive").ok());
        gave_up.Set();
        EXPECT_EQ(ReadFrame(stream), "good");
        Drink(stream);
      },
      [&](Stream& stream) {
        gave_up.Await();
        EXPECT_TRUE(stream.Write("good").ok());
        EXPECT_EQ(ReadFrame(stream), "alive");
      });
}

// Some wait, and those who may not are told at once.
TEST_P(NetworkConformance, AWriteGivesUpAtItsDeadlineAndLeavesTheStreamWhole) {
  Event gave_up;
  RunConnected(
      [&](Stream& stream) {
        Flood flood(stream, FramesMax());
        flood.AwaitStandstill();
        flood.Stop();
        ExpectStatus(flood.Join(), absl::StatusCode::kCancelled);
        const std::string late(kFloodFrameBytes, 'l');
        std::string frame = late;
        const Instant deadline = In(absl::Milliseconds(30));
        ExpectStatus(stream.Write(std::move(frame), deadline), absl::StatusCode::kDeadlineExceeded);
        EXPECT_GE(In(absl::ZeroDuration()), deadline);
        ExpectStatus(stream.Write(std::move(frame), Instant()),
                     absl::StatusCode::kDeadlineExceeded);
        EXPECT_EQ(frame, late);  // as it was
        gave_up.Set();
        EXPECT_TRUE(stream.Write("alive").ok());
        EXPECT_EQ(ReadFrame(stream), "good");
      },
      [&](Stream& stream) {
        gave_up.Await();
        std::string frame;
        while ((frame = ReadFrame(stream)).size() == kFloodFrameBytes) EXPECT_EQ(frame[0], 'x');
        EXPECT_EQ(frame, "alive");
        EXPECT_TRUE(stream.Write("good", Instant()).ok());  // there is room
        Drink(stream);
      });
}

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

#endif  // REHEARSE_TESTS_CONFORMANCE_NETWORK_CONFORMANCE_H_
