#include "rehearse/actor/blocking.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

#include "rehearse/actor/actor.h"
#include "rehearse/actor/runtime/posix/thread_pool.h"
#include "rehearse/actor/testing/test_node.h"
#include "rehearse/actor/testing/threaded_node.h"

namespace rehearse {
namespace {

struct Read {};
struct Count {};

// Blocks its thread in one handler, for as long as the test says.
class Reader : public Actor {
 public:
  explicit Reader(Countdown* release, Countdown* begun = nullptr)
      : release_(release), begun_(begun) {}
  absl::StatusOr<int> Handle(const Read&) {
    return RunBlocking([release = release_, begun = begun_] {
      if (begun != nullptr) begun->Arrive();
      release->Await();
      return 7;
    });
  }

 private:
  Countdown* const release_;
  Countdown* const begun_;
};

class Counter : public Actor {
 public:
  int Handle(const Count&) { return ++count_; }

 private:
  int count_ = 0;
};

TEST(BlockingTest, TheOnlyWorkerGoesOnMeanwhile) {
  Countdown release(1);
  ThreadedNode node(1);
  ThreadPool threads(2);
  node->set_side_threads(&threads);
  auto read = node->Spawn<Reader>(&release).Request(Read{});
  const auto counter = node->Spawn<Counter>();
  for (int i = 1; i <= 100; ++i) EXPECT_EQ(*counter.Ask(Count{}), i);
  EXPECT_FALSE(read.ready());
  release.Arrive();
  EXPECT_EQ(*read.Await(), 7);
}

TEST(BlockingTest, AStopDoesNotWaitForTheCall) {
  Countdown release(1);
  ThreadedNode node(1);
  ThreadPool threads(1);
  node->set_side_threads(&threads);
  Countdown begun(1);
  const auto reader = node->Spawn<Reader>(&release, &begun);
  auto read = reader.Request(Read{});
  begun.Await();
  reader.Stop();
  EXPECT_EQ(read.Await().status().code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(reader.Join().ok());
  EXPECT_FALSE(threads.End(absl::Milliseconds(1)));
  release.Arrive();
}

TEST(BlockingTest, ReturnsAndThrowsWhatTheCallDoes) {
  ThreadedNode node(1);
  ThreadPool threads(2);
  node->set_side_threads(&threads);
  node.Run([] {
    EXPECT_EQ(*RunBlocking([] { return std::string("text"); }), "text");
    EXPECT_EQ(
        RunBlocking([]() -> absl::StatusOr<int> { return absl::DataLossError("bad"); }).status(),
        absl::DataLossError("bad"));
    EXPECT_TRUE(RunBlocking([] {}).ok());
    EXPECT_EQ(RunBlocking([] { return absl::AbortedError("no"); }), absl::AbortedError("no"));
    EXPECT_THROW((void)RunBlocking([] { throw std::runtime_error("a bug"); }), std::runtime_error);
    EXPECT_EQ(RunBlocking([] { std::this_thread::sleep_for(std::chrono::milliseconds(50)); },
                          absl::Milliseconds(1))
                  .code(),
              absl::StatusCode::kDeadlineExceeded);
  });
}

TEST(BlockingTest, NoMoreAtOnceThanThereAreThreads) {
  std::atomic<int> running{0};
  std::atomic<int> most{0};
  ThreadedNode node(1);
  ThreadPool threads(2);
  node->set_side_threads(&threads);
  Countdown done(8);
  for (int i = 0; i < 8; ++i) {
    node->Spawn([&](Inbox<void(Count)>&) {
      (void)RunBlocking([&] {
        const int now = ++running;
        for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        --running;
      });
      done.Arrive();
    });
  }
  done.Await();
  EXPECT_EQ(most.load(), 2);
}

TEST(BlockingTest, WithoutSideThreadsTheCallRunsOnTheFiber) {
  TestNode node;
  int called = 0;
  node.Run([&] {
    EXPECT_EQ(*RunBlocking([&] { return ++called; }), 1);
    EXPECT_THROW((void)RunBlocking([] { throw std::runtime_error("a bug"); }), std::runtime_error);
  });
  EXPECT_EQ(called, 1);
  EXPECT_EQ(*RunBlocking([&] { return ++called; }), 2);  // a plain thread
}

}  // namespace
}  // namespace rehearse
