#include "rehearse/actor/internal/reply_table.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "rehearse/actor/runtime/block_pool.h"
#include "rehearse/actor/runtime/sanitizer.h"
#include "rehearse/actor/runtime/testing.h"

namespace rehearse::internal {
namespace {

// Counts the answers that live, so that none is lost or destroyed twice.
struct Answer {
  explicit Answer(std::atomic<int>& alive, uint64_t value = 0) : alive(alive), value(value) {
    ++alive;
  }
  ~Answer() { --alive; }
  std::atomic<int>& alive;
  uint64_t value;
};

constexpr MessageOps kAnswer = {"answer", nullptr, kDestroy<Answer>};

class TestWaiter final : public Waitable {
 private:
  void OnWoken() override {}
};

class ReplyTableTest : public testing::Test {
 public:
  ~ReplyTableTest() override { pool_->Release(); }

  EnvelopePtr MakeAnswer(uint64_t value = 0) {
    return EnvelopePtr(MakeEnvelope<Answer, false>(*pool_, kAnswer, alive_, value));
  }

  BlockPool* const pool_ = BlockPool::Create();
  std::atomic<int> alive_{0};
  TestScheduler scheduler_;
  ReplyTable table_{scheduler_.scheduler()};
};

TEST_F(ReplyTableTest, AnswerReachesItsOwner) {
  const ReplyId id = table_.Open();
  EXPECT_FALSE(table_.Ready(id));
  EXPECT_TRUE(table_.Fill(id, MakeAnswer(7)));
  EXPECT_TRUE(table_.Ready(id));
  const EnvelopePtr reply = table_.Close(id);
  ASSERT_NE(reply, nullptr);
  EXPECT_EQ(reply->As<Answer>().value, 7u);
}

TEST_F(ReplyTableTest, SecondAnswerIsDestroyedAndTheFirstStays) {
  const ReplyId id = table_.Open();
  EXPECT_TRUE(table_.Fill(id, MakeAnswer(1)));
  EXPECT_FALSE(table_.Fill(id, MakeAnswer(2)));
  EXPECT_EQ(alive_.load(), 1);
  EXPECT_EQ(table_.Close(id)->As<Answer>().value, 1u);
  EXPECT_EQ(alive_.load(), 0);
}

TEST_F(ReplyTableTest, LateAnswerIsDroppedThoughTheSlotIsUsedAnew) {
  const ReplyId old = table_.Open();
  EXPECT_EQ(table_.Close(old), nullptr);
  EXPECT_FALSE(table_.Fill(old, MakeAnswer()));
  const ReplyId next = table_.Open();
  ASSERT_EQ(static_cast<uint32_t>(old.value), static_cast<uint32_t>(next.value));
  ASSERT_NE(old.value, next.value);
  EXPECT_FALSE(table_.Fill(old, MakeAnswer()));
  EXPECT_FALSE(table_.Ready(next));
  EXPECT_EQ(alive_.load(), 0);
  EXPECT_EQ(table_.Close(next), nullptr);
}

TEST_F(ReplyTableTest, IdThatWasNeverGivenOutIsNobodys) {
  EXPECT_FALSE(table_.Fill({uint64_t{1} << 32 | 5}, MakeAnswer()));
  const ReplyId id = table_.Open();
  EXPECT_FALSE(table_.Fill({id.value + (uint64_t{1} << 32)}, MakeAnswer()));
  EXPECT_FALSE(table_.Fill({id.value + 1}, MakeAnswer()));
  EXPECT_FALSE(table_.Fill({id.value | 0xffffffff}, MakeAnswer()));
  EXPECT_EQ(alive_.load(), 0);
  EXPECT_TRUE(table_.Fill(id, MakeAnswer()));
  EXPECT_NE(table_.Close(id), nullptr);
}

TEST_F(ReplyTableTest, OpenIdsDifferAndLeaveTheTopBitAlone) {
  std::set<uint64_t> seen;
  std::vector<ReplyId> open;
  for (int i = 0; i < 2000; ++i) {  // several chunks
    open.push_back(table_.Open());
    EXPECT_TRUE(seen.insert(open.back().value).second);
    EXPECT_TRUE(open.back());
    EXPECT_EQ(open.back().value >> 63, 0u);
  }
  for (const ReplyId id : open) EXPECT_EQ(table_.Close(id), nullptr);
  for (int i = 0; i < 2000; ++i) {
    const ReplyId id = table_.Open();
    EXPECT_TRUE(seen.insert(id.value).second) << "an id was given out twice";
  }
}

TEST_F(ReplyTableTest, WaiterIsWokenByTheAnswerAndNotByALateOne) {
  TestWaiter waiter;
  const ReplyId id = table_.Open();
  ASSERT_TRUE(table_.Notify(id, waiter.Arm()));
  table_.Fill(id, MakeAnswer());
  EXPECT_EQ(waiter.reason(), WakeReason::kNotified);
  EXPECT_FALSE(table_.Notify(id, waiter.Arm())) << "it has come already";
  (void)table_.Close(id);

  const ReplyId given_up = table_.Open();
  ASSERT_TRUE(table_.Notify(given_up, waiter.Arm()));
  (void)table_.Close(given_up);
  EXPECT_FALSE(table_.Fill(given_up, MakeAnswer()));
  EXPECT_EQ(waiter.reason(), WakeReason::kNone);
}

TEST_F(ReplyTableTest, SecondWaiterTakesTheFirstOnesPlace) {
  TestWaiter first;
  TestWaiter second;
  const ReplyId id = table_.Open();
  ASSERT_TRUE(table_.Notify(id, first.Arm()));
  ASSERT_TRUE(table_.Notify(id, second.Arm()));
  table_.Fill(id, MakeAnswer());
  EXPECT_EQ(first.reason(), WakeReason::kNone);
  EXPECT_EQ(second.reason(), WakeReason::kNotified);
  (void)table_.Close(id);
}

TEST_F(ReplyTableTest, AnswersThatNobodyFetchedDieWithTheTable) {
  {
    ReplyTable table(scheduler_.scheduler());
    table.Fill(table.Open(), MakeAnswer());
    table.Open();
    EXPECT_EQ(alive_.load(), 1);
  }
  EXPECT_EQ(alive_.load(), 0);
}

// The owner gives up or waits while two others answer: one of the three wins, whoever it is.
TEST_F(ReplyTableTest, OfTwoAnswersAndAClosingOwnerOneWins) {
  constexpr int kRounds = 10000;
  std::atomic<uint64_t> current{0};
  std::atomic<int> accepted{0};
  std::atomic<bool> over{false};
  const auto fill = [&](uint64_t value) {
    uint64_t last = 0;
    while (!over.load()) {
      const uint64_t id = current.load(std::memory_order_acquire);
      if (id == last) {
        std::this_thread::yield();
        continue;
      }
      last = id;
      // A stale id too: `current` may have moved on.
      if (table_.Fill({id}, MakeAnswer(id + value))) accepted.fetch_add(1);
    }
  };
  std::thread one(fill, 0);
  std::thread two(fill, 0);
  int received = 0;
  int woken = 0;
  TestWaiter waiter;  // outlives the answers, as fibers do
  for (int round = 0; round < kRounds; ++round) {
    const ReplyId id = table_.Open();
    current.store(id.value, std::memory_order_release);
    const bool waits = round % 3 != 0 && table_.Notify(id, waiter.Arm());
    for (int spin = 0; spin < round % 64 && !table_.Ready(id); ++spin) std::this_thread::yield();
    const EnvelopePtr reply = table_.Close(id);
    if (reply == nullptr) continue;
    ++received;
    ASSERT_EQ(reply->As<Answer>().value, id.value) << "an answer to another question";
    if (!waits) continue;
    while (waiter.reason() == WakeReason::kNone) std::this_thread::yield();
    ++woken;
  }
  over.store(true);
  one.join();
  two.join();
  EXPECT_EQ(received, accepted.load());
  EXPECT_EQ(alive_.load(), 0);
  EXPECT_GT(received, 0);
  EXPECT_GT(woken, 0);
}

// Slots go from thread to thread, and each answer to the thread that asked.
TEST_F(ReplyTableTest, ThreadsShareTheTableWithoutSharingAnswers) {
  constexpr int kThreads = 4;
  constexpr int kRounds = kThreadSanitizer ? 3000 : 20000;
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      std::vector<ReplyId> open;
      for (int round = 0; round < kRounds; ++round) {
        open.push_back(table_.Open());
        if (open.size() < 8) continue;
        const ReplyId id = open[static_cast<size_t>(round + t) % open.size()];
        std::erase_if(open, [id](ReplyId other) { return other.value == id.value; });
        if (!table_.Fill(id, MakeAnswer(id.value))) ++wrong;
        const EnvelopePtr reply = table_.Close(id);
        if (reply == nullptr || reply->As<Answer>().value != id.value) ++wrong;
        if (table_.Fill(id, MakeAnswer())) ++wrong;
      }
      for (const ReplyId id : open) (void)table_.Close(id);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_EQ(alive_.load(), 0);
}

}  // namespace
}  // namespace rehearse::internal
