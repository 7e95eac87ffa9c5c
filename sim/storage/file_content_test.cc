#include "rehearse/sim/storage/file_content.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string>

#include "rehearse/sim/schedule/decisions.h"

namespace rehearse::sim {
namespace {

void LosePower(FileContent& file, const DiskFaults& faults = {}, uint64_t seed = 1) {
  DiskChance chance(Decisions(seed), 1);
  file.LosePower(faults, chance);
}

TEST(FileContentTest, WhatWasSyncedStaysAndTheRestGoes) {
  FileContent file;
  file.Write(0, "hello world");
  file.Sync();
  file.Write(6, "there, and much more");
  file.Resize(3);
  file.Write(1000, "x");
  LosePower(file);
  EXPECT_EQ(file.bytes(), "hello world");
}

TEST(FileContentTest, NothingIsLostWhenNothingIsToBe) {
  FileContent file;
  file.Write(0, std::string(2000, 'a'));
  file.Resize(600);
  file.Write(700, "b");
  const std::string bytes = file.bytes();
  LosePower(file, {.lose_write = Ratio::Never()});
  EXPECT_EQ(file.bytes(), bytes);
}

TEST(FileContentTest, EachWriteIsKeptOrLostByItself) {
  std::set<std::string> seen;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    FileContent file;
    file.Write(0, "...");
    file.Sync();
    file.Write(0, "a");
    file.Write(1, "b");
    file.Write(2, "c");
    LosePower(file, {.lose_write = {1, 2}}, seed);
    seen.insert(file.bytes());
  }
  EXPECT_EQ(seen.size(), 8u);
}

TEST(FileContentTest, AWriteIsTornBetweenUnitsAndNeverWithin) {
  for (const size_t unit : {size_t{512}, size_t{4096}}) {
    std::set<std::string> seen;
    for (uint64_t seed = 0; seed < 200; ++seed) {
      FileContent file;
      file.Write(0, std::string(3 * unit, '.'));
      file.Sync();
      file.Write(0, std::string(3 * unit, 'x'));
      LosePower(file, {.tear = Ratio::Always(), .unit_bytes = unit}, seed);
      std::string units;
      for (size_t i = 0; i < 3; ++i) {
        units += file.bytes()[i * unit];
        EXPECT_EQ(file.bytes().substr(i * unit, unit), std::string(unit, units.back()));
      }
      seen.insert(units);
    }
    EXPECT_EQ(seen.size(), 8u);
  }
}

TEST(FileContentTest, AWriteWithinAUnitIsNotTorn) {
  FileContent file;
  file.Write(100, std::string(412, 'x'));
  LosePower(file, {.lose_write = Ratio::Never(), .tear = Ratio::Always()});
  EXPECT_EQ(file.size(), 512u);
}

TEST(FileContentTest, AfterAFailedSyncALaterOneProvesNothing) {
  FileContent file;
  file.Write(0, "old");
  file.Sync();
  file.Write(0, "new");
  file.FailSync();
  file.Write(1000, "later");
  file.Sync();
  EXPECT_EQ(file.bytes().substr(0, 3), "new");
  LosePower(file);
  EXPECT_EQ(file.bytes().substr(0, 3), "old");
  EXPECT_EQ(file.bytes().substr(1000), "later");
}

TEST(FileContentTest, WhatIsWrittenAgainAfterAFailedSyncIsSynced) {
  FileContent file;
  file.Write(0, "new");
  file.FailSync();
  file.Write(3, "er");  // the same sector
  file.Sync();
  LosePower(file);
  EXPECT_EQ(file.bytes(), "newer");
}

TEST(FileContentTest, TheHostSyncsByItselfWhatIsTooMuch) {
  FileContent file;
  for (size_t i = 0; i <= FileContent::kUnsyncedWritesMax; ++i) file.Write(i, "x");
  file.Write(file.size(), "lost");
  LosePower(file);
  EXPECT_EQ(file.size(), FileContent::kUnsyncedWritesMax + 1);
}

}  // namespace
}  // namespace rehearse::sim
