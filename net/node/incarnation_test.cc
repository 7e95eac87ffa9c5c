#include "rehearse/net/node/incarnation.h"

#include <gtest/gtest.h>

#include <fstream>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "absl/strings/match.h"

namespace rehearse::net {
namespace {

TEST(IncarnationTest, CountsTheStartsOfADirectory) {
  const std::string directory = testing::TempDir() + "/state";
  EXPECT_EQ(*NextIncarnation(directory), 1u);
  EXPECT_EQ(*NextIncarnation(directory), 2u);
  EXPECT_EQ(*NextIncarnation(directory), 3u);
}

TEST(IncarnationTest, TwoAtOnceNeverGetTheSameNumber) {
  const std::string directory = testing::TempDir() + "/busy";
  std::mutex lock;
  std::set<uint64_t> seen;
  std::vector<std::thread> starts;
  for (int i = 0; i < 8; ++i) {
    starts.emplace_back([&] {
      for (int j = 0; j < 5; ++j) {
        const uint64_t count = *NextIncarnation(directory);
        const std::lock_guard<std::mutex> guard(lock);
        EXPECT_TRUE(seen.insert(count).second) << count;
      }
    });
  }
  for (std::thread& start : starts) start.join();
}

TEST(IncarnationTest, RefusesAFileThatHoldsSomethingElse) {
  const std::string directory = testing::TempDir() + "/spoilt";
  ASSERT_TRUE(NextIncarnation(directory).ok());
  std::ofstream(directory + "/incarnation") << "tomorrow";
  const auto next = NextIncarnation(directory);
  EXPECT_EQ(next.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE(absl::StrContains(next.status().message(), directory)) << next.status();
}

TEST(IncarnationTest, NamesADirectoryThatCannotBeMade) {
  const auto next = NextIncarnation("/proc/nowhere");
  EXPECT_EQ(next.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(absl::StrContains(next.status().message(), "/proc/nowhere")) << next.status();
}

}  // namespace
}  // namespace rehearse::net
