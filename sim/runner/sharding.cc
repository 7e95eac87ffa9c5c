#include "rehearse/sim/runner/sharding.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "rehearse/sim/runner/sim_test.h"

namespace rehearse::sim {
namespace {

const char* ReadEither(const char* first, const char* second) {
  const char* const value = getenv(first);
  return value != nullptr && *value != '\0' ? value : getenv(second);
}

void Touch(const char* path) {
  if (path == nullptr || *path == '\0') return;
  if (std::FILE* const file = std::fopen(path, "we")) std::fclose(file);
}

}  // namespace

absl::StatusOr<Shard> TakeShard() {
  const char* const total = ReadEither("TEST_TOTAL_SHARDS", "GTEST_TOTAL_SHARDS");
  const char* const index = ReadEither("TEST_SHARD_INDEX", "GTEST_SHARD_INDEX");
  Touch(ReadEither("TEST_SHARD_STATUS_FILE", "GTEST_SHARD_STATUS_FILE"));
  Shard shard;
  const bool sharded = total != nullptr && *total != '\0';
  if (sharded && (!absl::SimpleAtoi(total, &shard.total) || index == nullptr ||
                  !absl::SimpleAtoi(index, &shard.index) || shard.index >= shard.total)) {
    return absl::InvalidArgumentError(absl::StrCat("shard ", index == nullptr ? "(unset)" : index,
                                                   " of ", total, ": not a shard"));
  }
  for (const char* name : {"GTEST_TOTAL_SHARDS", "GTEST_SHARD_INDEX", "GTEST_SHARD_STATUS_FILE"}) {
    unsetenv(name);
  }
  return shard;
}

void LeaveOutPlainTestsOfOthers(const Shard& shard) {
  if (shard.total == 1) return;
  std::set<std::string> playing;
  for (const SimTest& test : SimTests()) playing.insert(test.full_name());
  std::string left_out;
  uint64_t number = 0;
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  for (int s = 0; s < all.total_test_suite_count(); ++s) {
    const testing::TestSuite& suite = *all.GetTestSuite(s);
    for (int t = 0; t < suite.total_test_count(); ++t) {
      const std::string name = absl::StrCat(suite.name(), ".", suite.GetTestInfo(t)->name());
      if (playing.count(name) == 0 && !shard.Plays(number++)) absl::StrAppend(&left_out, ":", name);
    }
  }
  if (left_out.empty()) return;
  const std::string filter = testing::GTEST_FLAG(filter);
  const bool leaves_out = filter.find('-') != std::string::npos;
  testing::GTEST_FLAG(filter) = filter + (leaves_out ? left_out : "-" + left_out.substr(1));
}

}  // namespace rehearse::sim
