#include "rehearse/sim/check/recorded_history.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "rehearse/actor/env/history.h"
#include "rehearse/actor/env/instant.h"
#include "rehearse/sim/check/operation.h"

namespace rehearse::sim {
namespace {

class RecordedHistoryTest : public testing::Test {
 protected:
  Instant now_;
  RecordedHistory history_{[this] { return now_; }};
};

TEST_F(RecordedHistoryTest, PutsBeginsAndEndsInOneOrder) {
  const uint64_t write = history_.Begin(1, "x", "write", "7");
  const uint64_t read = history_.Begin(2, "x", "read", "");
  history_.End(read, Outcome::kOk, "7");
  history_.End(write, Outcome::kOk, "");
  ASSERT_EQ(history_.operations().size(), 2u);
  const Operation& first = history_.operations()[0];
  const Operation& second = history_.operations()[1];
  EXPECT_EQ(first.id, write);
  EXPECT_EQ(second.id, read);
  EXPECT_LT(first.begin, second.begin);
  EXPECT_LT(second.begin, second.end);
  EXPECT_LT(second.end, first.end);
  EXPECT_EQ(first.argument, "7");
  EXPECT_EQ(second.result, "7");
}

TEST_F(RecordedHistoryTest, NotesTheWorldsTime) {
  now_ = Instant::FromNanos(10);
  const uint64_t read = history_.Begin(1, "x", "read", "");
  now_ = Instant::FromNanos(30);
  history_.End(read, Outcome::kOk, "");
  EXPECT_EQ(history_.operations()[0].begin_time, Instant::FromNanos(10));
  EXPECT_EQ(history_.operations()[0].end_time, Instant::FromNanos(30));
}

TEST_F(RecordedHistoryTest, CountsWhatNeverEndedAsUnknown) {
  history_.Begin(1, "x", "write", "1");
  history_.End(history_.Begin(2, "x", "write", "2"), Outcome::kUnknown, "");
  history_.End(history_.Begin(3, "x", "write", "3"), Outcome::kFailed, "");
  history_.End(history_.Begin(4, "x", "read", ""), Outcome::kOk, "2");
  EXPECT_EQ(history_.Count(Outcome::kUnknown), 2u);
  EXPECT_EQ(history_.Count(Outcome::kFailed), 1u);
  EXPECT_EQ(history_.Count(Outcome::kOk), 1u);
  EXPECT_EQ(history_.operations()[0].end, Operation::kNeverEnded);
  EXPECT_NE(history_.operations()[1].end, Operation::kNeverEnded);
}

TEST_F(RecordedHistoryTest, KeepsNoResultOfWhatDidNotSucceed) {
  history_.End(history_.Begin(1, "x", "read", ""), Outcome::kFailed, "rubbish");
  EXPECT_EQ(history_.operations()[0].result, "");
}

TEST_F(RecordedHistoryTest, PanicsAtASecondEndAndKeepsTheFirst) {
  const uint64_t read = history_.Begin(1, "x", "read", "");
  history_.End(read, Outcome::kOk, "1");
  EXPECT_THROW(history_.End(read, Outcome::kOk, "2"), std::logic_error);
  EXPECT_EQ(history_.operations()[0].result, "1");
}

TEST_F(RecordedHistoryTest, PanicsAtTheEndOfWhatNeverBegan) {
  EXPECT_THROW(history_.End(0, Outcome::kOk, ""), std::logic_error);
  EXPECT_THROW(history_.End(1, Outcome::kOk, ""), std::logic_error);
  EXPECT_NO_THROW(history_.End(history_.Begin(1, "x", "read", ""), Outcome::kOk, ""));
}

TEST_F(RecordedHistoryTest, WritesOneLineAnOperation) {
  history_.Begin(1, "x", "write", "two\nlines");
  history_.End(history_.Begin(2, "y", "read", ""), Outcome::kOk, "1");
  EXPECT_EQ(history_.ToString(),
            "1  p1  x.write(\"two\\nlines\")  unknown  [1, never]  0.000000000s .. never\n"
            "2  p2  y.read() -> \"1\"  ok  [2, 3]  0.000000000s .. 0.000000000s\n");
}

}  // namespace
}  // namespace rehearse::sim
