// What all Networks promise about the end of a stream, and of the patience of who waits for one.

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "rehearse/net/network.h"
#include "rehearse/tests/conformance/network_conformance.h"
#include "rehearse/tests/conformance/two_nodes.h"

namespace rehearse::net {

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

}  // namespace rehearse::net
