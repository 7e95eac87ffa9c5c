#include "rehearse/net/tcp/send_queue.h"

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rehearse/actor/runtime/task.h"
#include "rehearse/actor/runtime/testing.h"
#include "rehearse/net/codec/frame.h"

namespace rehearse::net {
namespace {

constexpr size_t kOne = SendQueue::kFrameOverhead + 100;  // what a frame of 100 bytes counts for

class SendQueueTest : public testing::Test {
 public:
  // Pushes on a fiber of its own; what came of it is found in results_.
  Task& Push(std::string frame) {
    const size_t index = results_.size();
    results_.emplace_back();
    return Task::Start(world_.domain(), "writer",
                       [this, index, frame = std::move(frame)]() mutable {
                         const std::string before = frame;
                         results_[index] = queue_.Push(std::move(frame), deadline_);
                         EXPECT_TRUE((*results_[index]).ok() || frame == before);  // as it was
                       });
  }
  static std::string Frame(int i) {
    const std::string number = absl::StrCat(i);
    return number + std::string(100 - number.size(), '.');
  }
  void PushAll(int count) {
    for (int i = 0; i < count; ++i) Push(Frame(i)).Unref();
    world_.Run();
  }
  int Finished() const {
    int finished = 0;
    for (const auto& result : results_) finished += result.has_value() ? 1 : 0;
    return finished;
  }
  // What one Take gives out; nothing if there was nothing.
  std::vector<std::string> Take() {
    std::string chunk;
    std::vector<std::string> frames;
    if (!queue_.Take(chunk)) return frames;
    FrameDecoder decoder;
    decoder.Feed(chunk);
    while (true) {
      const auto frame = decoder.Next();
      EXPECT_TRUE(frame.ok());
      if (!frame->has_value()) break;
      frames.emplace_back(**frame);
    }
    EXPECT_EQ(decoder.pending_bytes(), 0);
    world_.Run();
    return frames;
  }

  TestScheduler world_;
  SendQueue queue_{world_.scheduler(), 3 * kOne};
  std::vector<std::optional<absl::StatusOr<bool>>> results_;
  Instant deadline_ = Instant::Infinite();  // of pushes
};

TEST_F(SendQueueTest, FirstPushAsksForAFlusherAndTheNextDoNot) {
  PushAll(2);
  EXPECT_TRUE(**results_[0]);
  EXPECT_FALSE(**results_[1]);
  EXPECT_EQ(Take(), (std::vector<std::string>{Frame(0), Frame(1)}));
  PushAll(1);
  EXPECT_FALSE(**results_[2]);  // it has yet to see that the queue is empty
  EXPECT_EQ(Take().size(), 1);
  EXPECT_TRUE(Take().empty());
  PushAll(1);
  EXPECT_TRUE(**results_[3]);
}

TEST_F(SendQueueTest, TakesTheLastFrameThatFitsAndParksTheNext) {
  PushAll(4);
  EXPECT_EQ(Finished(), 3);
  EXPECT_EQ(Take().size(), 3);
  EXPECT_EQ(Finished(), 3);  // they are being sent, and count until they are
  EXPECT_EQ(Take(), std::vector<std::string>{Frame(3)});
  EXPECT_EQ(Finished(), 4);
  EXPECT_FALSE(**results_[3]);
}

TEST_F(SendQueueTest, AdmitsParkedWritersInTheirOrder) {
  PushAll(10);
  std::vector<std::string> all;
  for (std::vector<std::string> some = Take(); !some.empty(); some = Take()) {
    EXPECT_LE(some.size(), 3);
    all.insert(all.end(), some.begin(), some.end());
  }
  ASSERT_EQ(all.size(), 10);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(all[static_cast<size_t>(i)], Frame(i));
}

// Small enough to fit, but others were there before.
TEST_F(SendQueueTest, NewcomerDoesNotOvertakeTheLine) {
  PushAll(2);
  Push(std::string(200, 'l')).Unref();
  world_.Run();
  Push("").Unref();
  world_.Run();
  EXPECT_EQ(Finished(), 2);
  Take();
  EXPECT_EQ(Take(), (std::vector<std::string>{std::string(200, 'l'), ""}));
}

TEST_F(SendQueueTest, FrameLargerThanAllRoomGoesAlone) {
  const std::string large(10 * kOne, 'x');
  Push(large).Unref();
  Push("").Unref();
  world_.Run();
  EXPECT_EQ(Finished(), 1);
  EXPECT_EQ(Take(), std::vector<std::string>{large});
  EXPECT_EQ(Take(), std::vector<std::string>{""});

  Push("").Unref();
  Push(large).Unref();
  world_.Run();
  EXPECT_EQ(Finished(), 3);
  Take();
  EXPECT_EQ(Take(), std::vector<std::string>{large});
}

TEST_F(SendQueueTest, GathersSmallFramesUpToAChunk) {
  SendQueue queue(world_.scheduler(), size_t{1} << 20);
  Task::Start(world_.domain(), "writer", [&] {
    for (int i = 0; i < 2000; ++i) ASSERT_TRUE(queue.Push(Frame(i), Instant::Infinite()).ok());
  }).Unref();
  world_.Run();
  std::string chunk;
  int chunks = 0;
  size_t bytes = 0;
  for (; queue.Take(chunk); ++chunks) {
    EXPECT_LE(chunk.size(), SendQueue::kChunkBytes);
    bytes += chunk.size();
  }
  EXPECT_EQ(bytes, 2000 * (100 + kFrameHeaderBytes));
  EXPECT_EQ(chunks, static_cast<int>((2000 * kOne + SendQueue::kChunkBytes - 1) /
                                     (SendQueue::kChunkBytes / kOne * kOne)));
}

TEST_F(SendQueueTest, StoppedWriterLeavesTheLineAndNothingInTheQueue) {
  PushAll(3);
  Task& stopped = Push("stopped");
  Push("").Unref();
  world_.Run();
  stopped.RequestStop();
  world_.Run();
  EXPECT_EQ(results_[3]->status().code(), absl::StatusCode::kCancelled);
  Take();
  EXPECT_EQ(Take(), std::vector<std::string>{""});
  stopped.Unref();
}

TEST_F(SendQueueTest, AWriterWhoseTimeIsUpLeavesTheLineAndNothingInTheQueue) {
  PushAll(3);
  deadline_ = Instant() + absl::Seconds(1);
  PushAll(1);
  EXPECT_EQ(results_[3]->status().code(), absl::StatusCode::kDeadlineExceeded);
  deadline_ = Instant();  // it has passed
  Push("late").Unref();
  world_.Run();
  EXPECT_EQ(results_[4]->status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(Take().size(), 3);
  EXPECT_TRUE(Take().empty());
  Push("room").Unref();
  world_.Run();
  EXPECT_TRUE(results_[5]->ok());
}

TEST_F(SendQueueTest, KilledWriterLeavesTheLine) {
  PushAll(3);
  Task& killed = Push("killed");
  Push("").Unref();
  world_.Run();
  killed.RequestKill();
  world_.Run();
  Take();
  EXPECT_EQ(Take(), std::vector<std::string>{""});
  EXPECT_FALSE(results_[3].has_value());
  killed.Unref();
}

// The flusher has put the frame in, the writer has not run yet: it was written.
TEST_F(SendQueueTest, StopAfterTheFrameWasAdmittedComesTooLate) {
  PushAll(3);
  Task& writer = Push("admitted");
  world_.Run();
  Task::Start(world_.domain(), "flusher", [&] {
    std::string chunk;
    queue_.Take(chunk);
    writer.RequestStop();
    queue_.Take(chunk);
  }).Unref();
  world_.Run();
  EXPECT_TRUE(results_[3]->ok()) << results_[3]->status();
  writer.Unref();
}

TEST_F(SendQueueTest, CloseRefusesNewAndParkedFramesAndKeepsTheOthers) {
  PushAll(4);
  EXPECT_TRUE(queue_.Close(absl::UnavailableError("closed")));
  PushAll(1);
  EXPECT_EQ(results_[3]->status(), absl::UnavailableError("closed"));
  EXPECT_EQ(results_[4]->status(), absl::UnavailableError("closed"));
  EXPECT_EQ(Take().size(), 3);
  EXPECT_TRUE(Take().empty());
  EXPECT_FALSE(queue_.Close(absl::UnavailableError("closed again")));
  PushAll(1);
  EXPECT_EQ(results_[5]->status(), absl::UnavailableError("closed"));
}

TEST_F(SendQueueTest, AbortForgetsTheFrames) {
  PushAll(4);
  queue_.Abort(absl::UnavailableError("broken"));
  world_.Run();
  EXPECT_EQ(results_[3]->status(), absl::UnavailableError("broken"));
  EXPECT_TRUE(Take().empty());
}

}  // namespace
}  // namespace rehearse::net
