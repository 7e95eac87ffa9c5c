#include "rehearse/sim/storage/entry_journal.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rehearse/sim/schedule/decisions.h"
#include "rehearse/sim/storage/sim_disk.h"

namespace rehearse::sim {
namespace {

class EntryJournalTest : public testing::Test {
 protected:
  explicit EntryJournalTest(uint64_t seed = 1) : decisions_(seed), disk_(decisions_, 1) {}

  void Make(const std::string& path) { EXPECT_TRUE(disk_.Open(path, OpenMode::kCreate).ok()); }
  bool Has(const std::string& path) { return disk_.Open(path, OpenMode::kRead).ok(); }

  const Decisions decisions_;
  SimDisk disk_;
};

TEST_F(EntryJournalTest, WhatWasNotSyncedIsUndone) {
  Make("/kept");
  Make("/old");
  EXPECT_TRUE(disk_.SyncDirectory("/").ok());
  Make("/made");
  EXPECT_TRUE(disk_.Remove("/kept").ok());
  EXPECT_TRUE(disk_.Rename("/old", "/new").ok());
  disk_.LosePower();
  EXPECT_EQ(*disk_.List("/"), (std::vector<std::string>{"kept", "old"}));
}

TEST_F(EntryJournalTest, ADirectoryIsSyncedInItsParent) {
  EXPECT_TRUE(disk_.MakeDirectory("/d").ok());
  Make("/d/a");
  EXPECT_TRUE(disk_.SyncDirectory("/d").ok());
  disk_.LosePower();
  EXPECT_FALSE(disk_.List("/d").ok());

  EXPECT_TRUE(disk_.MakeDirectory("/d").ok());
  Make("/d/a");
  EXPECT_TRUE(disk_.SyncDirectory("/").ok());
  disk_.LosePower();
  EXPECT_EQ(disk_.List("/d")->size(), 0u);
}

TEST_F(EntryJournalTest, SyncOfOneDirectoryTakesAlongWhatARenameNeeds) {
  for (const char* const name : {"/from", "/to"}) EXPECT_TRUE(disk_.MakeDirectory(name).ok());
  EXPECT_TRUE(disk_.SyncDirectory("/").ok());
  Make("/from/a");
  EXPECT_TRUE(disk_.Rename("/from/a", "/to/a").ok());
  Make("/from/later");
  EXPECT_TRUE(disk_.SyncDirectory("/to").ok());
  disk_.LosePower();
  EXPECT_TRUE(Has("/to/a"));
  EXPECT_FALSE(Has("/from/a"));
  EXPECT_FALSE(Has("/from/later"));
}

// Files 0 to 3 are made in order in each of two directories, and a rename joins the two.
TEST(EntryJournalProperty, OfEachDirectoryAPrefixIsKeptAndARenameIsNeverHalf) {
  std::set<std::string> seen;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const Decisions decisions(seed);
    SimDisk disk(decisions, 1);
    disk.SetFaults({.lose_entry = {1, 4}});
    const auto make = [&](absl::string_view path) {
      EXPECT_TRUE(disk.Open(path, OpenMode::kCreate).ok());
    };
    for (const char* const d : {"/a", "/b"}) EXPECT_TRUE(disk.MakeDirectory(d).ok());
    make("/a/x");
    EXPECT_TRUE(disk.SyncDirectory("/").ok() && disk.SyncDirectory("/a").ok());
    for (int i = 0; i < 4; ++i) {
      if (i == 2) {
        EXPECT_TRUE(disk.Rename("/a/x", "/b/x").ok());
      }
      make(absl::StrCat("/a/", i));
      make(absl::StrCat("/b/", i));
    }
    disk.LosePower();
    const bool moved = disk.Open("/b/x", OpenMode::kRead).ok();
    EXPECT_NE(moved, disk.Open("/a/x", OpenMode::kRead).ok());
    for (const char* const d : {"/a", "/b"}) {
      const auto names = *disk.List(d);
      const size_t files = names.size() - (d == std::string("/a") ? !moved : moved);
      for (size_t i = 0; i < files; ++i) EXPECT_EQ(names[i], absl::StrCat(i));
      EXPECT_TRUE(moved || files <= 2u) << d << files;
      seen.insert(absl::StrCat(d, files, moved));
    }
  }
  EXPECT_EQ(seen.size(), 12u);  // 0, 1, 2 files not moved; 2, 3, 4 moved; of either
}

// After the rename of a directory nothing is kept unless the rename is.
TEST(EntryJournalProperty, ARenamedDirectoryHoldsUpWhatComesLater) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const Decisions decisions(seed);
    SimDisk disk(decisions, 1);
    disk.SetFaults({.lose_entry = {1, 3}});
    EXPECT_TRUE(disk.MakeDirectory("/a").ok() && disk.MakeDirectory("/b").ok());
    EXPECT_TRUE(disk.SyncDirectory("/").ok());
    EXPECT_TRUE(disk.Open("/b/before", OpenMode::kCreate).ok());
    EXPECT_TRUE(disk.Rename("/a", "/c").ok());
    EXPECT_TRUE(disk.Open("/b/later", OpenMode::kCreate).ok());
    disk.LosePower();
    const bool renamed = disk.List("/c").ok();
    EXPECT_NE(renamed, disk.List("/a").ok());
    EXPECT_TRUE(!renamed || disk.Open("/b/before", OpenMode::kRead).ok());
    EXPECT_TRUE(renamed || !disk.Open("/b/later", OpenMode::kRead).ok());
  }
}

}  // namespace
}  // namespace rehearse::sim
