#include "rehearse/net/limited_log.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace rehearse::net {
namespace {

class Lines final : public Log {
 public:
  void Write(Severity, absl::string_view line) override { all.emplace_back(line); }
  std::vector<std::string> all;
};

Instant At(int64_t millis) { return Instant() + absl::Milliseconds(millis); }

TEST(LimitedLogTest, WritesSoManyLinesASecondAndTellsOfTheOthers) {
  Lines lines;
  LimitedLog log(lines, 2);
  for (int i = 0; i < 5; ++i) log.Write(At(i), absl::StrCat("line ", i));
  log.Write(At(999), "line 999");
  EXPECT_EQ(lines.all, (std::vector<std::string>{"line 0", "line 1"}));
  log.Write(At(1000), "line 1000");
  log.Write(At(1001), "line 1001");
  EXPECT_EQ(lines.all.size(), 4);
  EXPECT_EQ(lines.all[2], "line 1000 (and 4 lines left out before)");
  EXPECT_EQ(lines.all[3], "line 1001");
}

TEST(LimitedLogTest, WhoAsksWhetherALineIsTakenNeedNotMakeTheOthers) {
  Lines lines;
  LimitedLog log(lines, 1);
  EXPECT_TRUE(log.Takes(At(0)));
  log.Write(At(0), "line 0");
  EXPECT_FALSE(log.Takes(At(1)));
  EXPECT_TRUE(log.Takes(At(1000)));
  log.Write(At(1000), "line 1000");
  EXPECT_EQ(lines.all.back(), "line 1000 (and 1 lines left out before)");
}

TEST(LimitedLogTest, LinesThatComeRarelyAreAllWritten) {
  Lines lines;
  LimitedLog log(lines, 1);
  for (int i = 0; i < 10; ++i) log.Write(At(1000 * i), "line");
  EXPECT_EQ(lines.all, std::vector<std::string>(10, "line"));
}

}  // namespace
}  // namespace rehearse::net
