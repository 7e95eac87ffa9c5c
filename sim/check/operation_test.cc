#include "rehearse/sim/check/operation.h"

#include <gtest/gtest.h>

namespace rehearse::sim {
namespace {

TEST(OperationTest, ReadSaysWhatItReturnedEvenIfNothing) {
  Operation read{.id = 12, .process = 3, .object = "x", .operation = "read"};
  read.outcome = Outcome::kOk;
  read.begin = 20;
  read.end = 31;
  read.begin_time = Instant::FromNanos(100'000'000);
  read.end_time = Instant::FromNanos(140'000'000);
  EXPECT_EQ(read.ToString(),
            "12  p3  x.read() -> \"\"  ok  [20, 31]  0.100000000s .. 0.140000000s");
}

TEST(OperationTest, WriteThatNeverEndedSaysSo) {
  Operation write{.id = 1, .process = 0, .object = "x", .operation = "write", .argument = "v1"};
  write.begin = 7;
  EXPECT_EQ(write.ToString(), "1  p0  x.write(\"v1\")  unknown  [7, never]  0.000000000s .. never");
}

TEST(OperationTest, LastEffectOfAnUnknownOneHasNoEnd) {
  Operation write{.begin = 1, .end = 5};
  EXPECT_EQ(write.LastEffect(), Operation::kNeverEnded);
  write.outcome = Outcome::kOk;
  EXPECT_EQ(write.LastEffect(), 5u);
}

TEST(OperationTest, QuotedFitsOneLine) {
  EXPECT_EQ(Quoted("a\n\"b\""), "\"a\\n\\\"b\\\"\"");
  EXPECT_EQ(Quoted(std::string(48, 'a')), "\"" + std::string(48, 'a') + "\"");
  EXPECT_EQ(Quoted(std::string(49, 'a')), "\"" + std::string(48, 'a') + "...\" (49 bytes)");
}

}  // namespace
}  // namespace rehearse::sim
