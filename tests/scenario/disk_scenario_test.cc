// Disks that fail, one family of faults at a time: what a program finds.

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/env/status_macros.h"
#include "rehearse/actor/host.h"
#include "rehearse/actor/node.h"
#include "rehearse/sim/world/world.h"

namespace rehearse {
namespace {

using sim::CrashOptions;
using sim::DiskFaults;
using sim::NodeHandle;
using sim::World;

using Disk = CrashOptions::Disk;
// What a life does with its files; what it says is what the test sees.
using Life = std::function<std::string(Files&)>;

// A machine whose process lives several lives, each with its own work.
class Machine {
 public:
  explicit Machine(uint64_t seed, const DiskFaults& faults = {}) : world_({.seed = seed}) {
    node_ = world_.AddNode("node", [this](Node& node) {
      if (life_ != nullptr) said_ = life_(FilesOf(node));
      return absl::OkStatus();
    });
    world_.RunFor(absl::Milliseconds(1));
    world_.SetDisk(node_, faults);
  }

  std::string Live(Life life, CrashOptions::Disk before = Disk::kKeep) {
    world_.Crash(node_, {.disk = before});
    life_ = std::move(life);
    said_ = "";
    world_.Restart(node_);
    world_.RunFor(absl::Minutes(1));
    EXPECT_FALSE(world_.failed());
    return said_;
  }

  World& world() { return world_; }
  NodeHandle node() const { return node_; }
  uint64_t hash() { return world_.Finish().hash; }

 private:
  World world_;
  NodeHandle node_;
  Life life_;
  std::string said_;
};

// Writes `bytes` at the begin of `path`; "" or the name of the error.
std::string Put(Files& files, const std::string& path, const std::string& bytes, bool sync) {
  const auto write = [&]() -> absl::Status {
    REHEARSE_ASSIGN_OR_RETURN(const auto file, files.Open(path, OpenMode::kCreate));
    REHEARSE_RETURN_IF_ERROR(file->WriteAt(0, bytes));
    return sync ? file->Sync() : absl::OkStatus();
  };
  const absl::Status status = write();
  return status.ok() ? "" : absl::StatusCodeToString(status.code());
}

// All of a file, or the name of the error.
std::string Get(Files& files, const std::string& path) {
  const auto file = files.Open(path, OpenMode::kRead);
  if (!file.ok()) return absl::StatusCodeToString(file.status().code());
  std::string bytes;
  while (true) {
    const absl::StatusOr<size_t> count = (*file)->ReadAt(bytes.size(), 4096, bytes);
    if (!count.ok()) return absl::StatusCodeToString(count.status().code());
    if (*count == 0) return bytes;
  }
}

Life Putting(std::string path, std::string bytes, bool sync) {
  return [=](Files& files) {
    const std::string error = Put(files, path, bytes, sync);
    return sync && error.empty() && !files.SyncDirectory("/").ok() ? "sync" : error;
  };
}

Life Getting(std::string path) {
  return [path](Files& files) { return Get(files, path); };
}

// What some seeds come to with `play`, each of which is played twice.
std::set<std::string> Play(const std::function<std::string(Machine&)>& play,
                           const DiskFaults& faults, uint64_t seeds = 24) {
  std::set<std::string> seen;
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    Machine one(seed, faults);
    Machine two(seed, faults);
    const std::string said = play(one);
    EXPECT_EQ(said, play(two));
    EXPECT_EQ(one.hash(), two.hash());
    seen.insert(said);
  }
  return seen;
}

using Seen = std::set<std::string>;

TEST(DiskScenario, AProcessThatDiesLosesNothingAPowerFailureWhatWasNotSynced) {
  Machine machine(1);
  machine.Live(Putting("/a", "synced", true));
  machine.Live(Putting("/a", "not yet", false));
  EXPECT_EQ(machine.Live(Getting("/a")), "not yet");
  EXPECT_EQ(machine.Live(Getting("/a"), Disk::kLoseUnsynced), "synced");
  EXPECT_EQ(machine.Live(Getting("/a"), Disk::kWipe), "NOT_FOUND");
}

TEST(DiskScenario, AMachineThatIsDownLosesPowerAsWell) {
  Machine machine(1);
  machine.Live(Putting("/a", "synced", true));
  machine.Live(Putting("/a", "not yet", false));
  machine.world().Crash(machine.node());
  machine.world().Crash(machine.node(), {.disk = Disk::kLoseUnsynced});
  EXPECT_EQ(machine.Live(Getting("/a")), "synced");
}

TEST(DiskScenario, WritesNotSyncedAreLostInAnySubset) {
  const auto play = [](Machine& machine) {
    machine.Live(Putting("/a", "..", true));
    machine.Live([](Files& files) {
      const auto file = *files.Open("/a", OpenMode::kWrite);
      return absl::StrCat(file->WriteAt(0, "x").ok(), file->WriteAt(1, "y").ok());
    });
    return machine.Live(Getting("/a"), Disk::kLoseUnsynced);
  };
  EXPECT_EQ(Play(play, {.lose_write = {1, 2}}), (Seen{"..", ".y", "x.", "xy"}));
  EXPECT_EQ(Play(play, {.lose_write = Ratio::Never()}, 5), (Seen{"xy"}));
}

TEST(DiskScenario, ALargeWriteIsTorn) {
  const auto play = [](Machine& machine) {
    machine.Live(Putting("/a", std::string(1024, '.'), true));
    machine.Live(Putting("/a", std::string(1024, 'x'), false));
    const std::string bytes = machine.Live(Getting("/a"), Disk::kLoseUnsynced);
    return absl::StrCat(bytes.substr(511, 1), bytes.substr(512, 1));
  };
  EXPECT_EQ(Play(play, {.lose_write = {1, 2}}), (Seen{"..", "xx"}));
  EXPECT_EQ(Play(play, {.lose_write = {1, 2}, .tear = {1, 2}}), (Seen{"..", ".x", "x.", "xx"}));
  EXPECT_EQ(Play(play, {.lose_write = {1, 2}, .tear = {1, 2}, .unit_bytes = 4096}),
            (Seen{"..", "xx"}));
}

TEST(DiskScenario, NamesNotSyncedAreUndoneFromTheLastOn) {
  const auto play = [](Machine& machine) {
    machine.Live([](Files& files) {
      for (const char* const name : {"/a", "/b"}) Put(files, name, name, true);
      return std::string(files.Rename("/b", "/c").ok() ? "" : "?");
    });
    return machine.Live([](Files& files) { return absl::StrJoin(*files.List("/"), ""); },
                        Disk::kLoseUnsynced);
  };
  EXPECT_EQ(Play(play, {.lose_entry = {1, 3}}), (Seen{"", "a", "ab", "ac"}));
  EXPECT_EQ(Play(play, {.lose_entry = Ratio::Never()}, 5), (Seen{"ac"}));
}

TEST(DiskScenario, WhatWasSyncedRotsAndIsRightAgainWhenTheDiskIsHealed) {
  const std::string bytes(2000, '\0');
  const auto play = [&](Machine& machine) {
    machine.Live(Putting("/a", bytes, true));
    const std::string read = machine.Live(Getting("/a"));
    machine.world().SetDisk(machine.node(), {});
    EXPECT_EQ(machine.Live(Getting("/a")), read);  // it is the disk, not the reading
    int bits = 0;
    for (const char byte : read) bits += __builtin_popcount(static_cast<unsigned char>(byte));
    machine.world().HealDisk(machine.node());
    EXPECT_EQ(machine.Live(Getting("/a")), bytes);
    return absl::StrCat(bits);
  };
  EXPECT_EQ(Play(play, {.rot = Ratio::Always()}, 5), (Seen{"4"}));
  EXPECT_EQ(Play(play, {.rot = {1, 8}}).count("1"), 1u);
  EXPECT_EQ(Play(play, {}, 5), (Seen{"0"}));
}

// Three sectors of 0 and three of 1; then the first is written as 2.
std::string MisdirectOneOfSix(Machine& machine) {
  machine.Live(Putting("/a", std::string(3 * 512, '0'), true));
  machine.Live(Putting("/b", std::string(3 * 512, '1'), true));
  machine.world().SetDisk(machine.node(), {.misdirect_write = Ratio::Always()});
  machine.Live(Putting("/a", std::string(512, '2'), true));
  machine.world().SetDisk(machine.node(), {});
  const auto heads = [](Files& files) {
    std::string heads;
    for (const char* const path : {"/a", "/b"}) {
      for (const size_t at : {0, 512, 1024}) heads += Get(files, path).at(at);
    }
    return heads;
  };
  const std::string found = machine.Live(heads, Disk::kLoseUnsynced);
  machine.world().HealDisk(machine.node());
  EXPECT_EQ(machine.Live(heads), "200111");
  return found;
}

TEST(DiskScenario, AWriteLandsElsewhereAndItsPlaceKeepsWhatItHad) {
  const Seen seen = Play(MisdirectOneOfSix, {});
  EXPECT_EQ(seen.count("200111"), 0u);
  EXPECT_TRUE(seen.count("000211") > 0) << absl::StrJoin(seen, " ");  // in the other file
  EXPECT_TRUE(seen.count("002111") > 0) << absl::StrJoin(seen, " ");  // in this one
}

TEST(DiskScenario, AReadComesFromElsewhereOnce) {
  const auto play = [](Machine& machine) {
    machine.Live(Putting("/a", std::string(512, 'a') + std::string(512, 'b'), true));
    machine.world().SetDisk(machine.node(), {.misdirect_read = {1, 4}});
    const std::string read = machine.Live(Getting("/a"));
    machine.world().SetDisk(machine.node(), {});
    EXPECT_EQ(machine.Live(Getting("/a")).substr(511, 2), "ab");
    return read.substr(511, 2);
  };
  EXPECT_EQ(Play(play, {}), (Seen{"aa", "ab", "ba", "bb"}));
}

TEST(DiskScenario, CallsTakeTimeAndSomeStall) {
  const auto play = [](Machine& machine) {
    machine.Live([&machine](Files& files) {
      const Instant begin = machine.world().now();
      Put(files, "/a", "x", true);
      const absl::Duration took = machine.world().now() - begin;
      return std::string(took < absl::Milliseconds(3)   ? "fast"
                         : took < absl::Milliseconds(7) ? "as told"
                                                        : "stalled");
    });
    return machine.Live([&machine](Files& files) {
      const Instant begin = machine.world().now();
      (void)files.List("/");
      return std::string(machine.world().now() - begin < absl::Milliseconds(1)   ? "fast"
                         : machine.world().now() - begin < absl::Milliseconds(3) ? "as told"
                                                                                 : "stalled");
    });
  };
  const sim::Latency latency = {.min = absl::Milliseconds(1), .max = absl::Milliseconds(2)};
  EXPECT_EQ(Play(play, {}, 5), (Seen{"fast"}));
  EXPECT_EQ(Play(play, {.latency = latency}, 5), (Seen{"as told"}));
  EXPECT_EQ(Play(play, {.latency = latency, .stall = {1, 2}}), (Seen{"as told", "stalled"}));
}

// What waits for the disk when the machine falls has not happened.
TEST(DiskScenario, AFallDuringASlowSyncLosesWhatItWasToKeep) {
  Machine machine(1);
  machine.Live(Putting("/a", "old", true));
  machine.Live([&machine](Files& files) {
    const auto file = *files.Open("/a", OpenMode::kWrite);
    (void)file->WriteAt(0, "new");
    machine.world().SetDisk(machine.node(),
                            {.stall = Ratio::Always(), .stall_time = absl::Hours(1)});
    return file->Sync().ToString();
  });
  machine.world().SetDisk(machine.node(), {});
  EXPECT_EQ(machine.Live(Getting("/a"), Disk::kLoseUnsynced), "old");
}

TEST(DiskScenario, ErrorsAreDataLossAndAFailedWriteIsThereInPart) {
  const auto read = [](Machine& machine) {
    machine.Live(Putting("/a", "x", true));
    return machine.Live(Getting("/a"));
  };
  EXPECT_EQ(Play(read, {.read_error = {1, 4}}), (Seen{"DATA_LOSS", "x"}));
  const auto write = [](Machine& machine) {
    EXPECT_EQ(machine.Live(Putting("/a", "xyz", false)), "DATA_LOSS");
    return machine.Live(Getting("/a"));
  };
  EXPECT_EQ(Play(write, {.write_error = Ratio::Always()}), (Seen{"", "x", "xy", "xyz"}));
}

TEST(DiskScenario, AfterAFailedSyncALaterOneSavesNothing) {
  const auto play = [](Machine& machine) {
    machine.Live(Putting("/a", "old", true));
    machine.world().SetDisk(machine.node(), {.sync_error = Ratio::Always()});
    EXPECT_EQ(machine.Live(Putting("/a", "new", true)), "DATA_LOSS");
    machine.world().SetDisk(machine.node(), {});
    EXPECT_EQ(machine.Live([](Files& files) {
      return (*files.Open("/a", OpenMode::kWrite))->Sync().ToString();
    }),
              "OK");
    EXPECT_EQ(machine.Live(Getting("/a")), "new");
    return machine.Live(Getting("/a"), Disk::kLoseUnsynced);
  };
  EXPECT_EQ(Play(play, {}, 5), (Seen{"old"}));
}

TEST(DiskScenario, AFullDiskTakesAPart) {
  const auto play = [](Machine& machine) {
    EXPECT_EQ(machine.Live(Putting("/a", "xyz", false)), "RESOURCE_EXHAUSTED");
    return machine.Live(Getting("/a"));
  };
  EXPECT_EQ(Play(play, {.full = Ratio::Always()}), (Seen{"", "x", "xy", "xyz"}));
  EXPECT_EQ(Play(play, {.bytes_max = 2}, 5), (Seen{"xy"}));
}

TEST(DiskScenario, HealingAllHealsDisksButBringsNothingBack) {
  Machine machine(1);
  machine.Live(Putting("/a", "synced", true));
  machine.Live(Putting("/a", "not yet", false));
  machine.world().SetDisk(machine.node(), {.rot = Ratio::Always()});
  EXPECT_NE(machine.Live(Getting("/a"), Disk::kLoseUnsynced), "synced");
  machine.world().HealAndSettle(absl::Seconds(1), [] { return true; });
  EXPECT_EQ(machine.Live(Getting("/a")), "synced");
}

TEST(DiskScenario, APlanSetsAndHealsDisksAndTakesThePower) {
  using Kind = sim::Fault::Kind;
  Machine machine(1);
  machine.Live(Putting("/a", "synced", true));
  machine.world().Inject(
      {{{.at = absl::Seconds(1), .kind = Kind::kDisk, .nodes = {"node"}, .disk = {.rot = {1, 1}}},
        {.at = absl::Seconds(70), .kind = Kind::kHealDisk, .nodes = {"node"}},
        {.at = absl::Seconds(100), .kind = Kind::kPowerFailure, .nodes = {"node"}},
        {.at = absl::Seconds(190), .kind = Kind::kWipe, .nodes = {"node"}}}});
  machine.world().RunFor(absl::Seconds(2));
  EXPECT_NE(machine.Live(Getting("/a")), "synced");              // 62 s
  EXPECT_EQ(machine.Live(Putting("/a", "not yet", false)), "");  // 122 s
  EXPECT_FALSE(machine.node().up());
  EXPECT_EQ(machine.Live(Getting("/a")), "synced");  // 182 s
  machine.world().RunFor(absl::Seconds(10));
  EXPECT_EQ(machine.Live(Getting("/a")), "NOT_FOUND");
}

}  // namespace
}  // namespace rehearse
