// The log on a simulated disk: what each life of a node finds of what the one before was promised.

#include "examples/replicated_register/record_log.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "rehearse/actor/host.h"
#include "rehearse/sim/testkit/test_kit.h"
#include "rehearse/sim/world/world.h"

namespace examples::replicated_register {
namespace {

using rehearse::File;
using rehearse::Files;
using rehearse::OpenMode;
using rehearse::Ratio;
using rehearse::sim::CrashOptions;
using rehearse::sim::DiskFaults;
using rehearse::sim::NodeHandle;
using rehearse::sim::TestKit;
using rehearse::sim::World;

using Disk = CrashOptions::Disk;
using Records = std::vector<std::string>;

constexpr char kPath[] = "/register.log";

// Longer than a block.
std::string Long(char byte) { return std::string(1200, byte); }

// A machine with a disk, which lives several lives.
class Machine {
 public:
  explicit Machine(uint64_t seed = 1, Bug bug = Bug::kNone)
      : world_({.seed = seed}),
        node_(world_.AddNode("node", [](rehearse::Node&) { return absl::OkStatus(); })),
        bug_(bug) {
    world_.RunFor(absl::Milliseconds(1));
  }

  // Reads the log, rewrites it and calls `work`. Returns what the log held, or the error's code.
  std::string Live(const std::function<void(RecordLog&)>& work = nullptr) {
    return TestKit(world_, node_).Run([&] {
      RecordLog log(files(), "/", bug_);
      Records records;
      absl::Status status = log.Read(records);
      if (status.ok()) status = log.Rewrite(records);
      if (!status.ok()) return absl::StatusCodeToString(status.code());
      if (work != nullptr) work(log);
      return absl::StrJoin(records, " ");
    });
  }

  // Changes the log's file behind its back.
  void Change(const std::function<void(File&)>& change) {
    TestKit(world_, node_).Run([&] { change(**files().Open(kPath, OpenMode::kWrite)); });
  }

  Machine& Fall(Disk disk = Disk::kLoseUnsynced) {
    world_.Crash(node_, {.disk = disk});
    world_.Restart(node_);
    world_.RunFor(absl::Milliseconds(1));
    return *this;
  }

  void Set(const DiskFaults& faults) { world_.SetDisk(node_, faults); }
  void Heal() { world_.HealDisk(node_); }
  World& world() { return world_; }
  NodeHandle node() const { return node_; }
  Files& files() { return rehearse::FilesOf(node_.node()); }

 private:
  World world_;
  const NodeHandle node_;
  const Bug bug_;
};

std::function<void(RecordLog&)> Appending(Records records) {
  return [records](RecordLog& log) {
    for (const std::string& record : records) {
      const absl::Status status = log.Append(record);
      EXPECT_TRUE(status.ok()) << status;
    }
  };
}

TEST(RecordLogTest, WhatWasAppendedOutlivesAnyFall) {
  for (const Disk disk : {Disk::kKeep, Disk::kLoseUnsynced}) {
    Machine machine;
    EXPECT_EQ(machine.Live(Appending({"a", "b", Long('c')})), "");
    EXPECT_EQ(machine.Fall(disk).Live(Appending({"d"})), "a b " + Long('c'));
    EXPECT_EQ(machine.Fall(disk).Live(), "a b " + Long('c') + " d");
    EXPECT_EQ(machine.Fall(disk).Live(), "a b " + Long('c') + " d");
  }
}

TEST(RecordLogTest, RecordsOfEachLengthComeBack) {
  for (const size_t bytes : {0, 1, 479, 480, 481, 960, 961, 100000}) {
    Machine machine;
    (void)machine.Live(Appending({std::string(bytes, 'x'), "y"}));
    EXPECT_EQ(machine.Fall().Live(), std::string(bytes, 'x') + " y");
  }
}

TEST(RecordLogTest, ARewrittenLogHoldsWhatItWasGivenAndIsShort) {
  Machine machine;
  (void)machine.Live([](RecordLog& log) {
    Appending(Records(100, "old"))(log);
    EXPECT_EQ(log.blocks(), 101u);
    EXPECT_TRUE(log.Rewrite({"a", "b"}).ok());
    EXPECT_EQ(log.blocks(), 3u);
    Appending({"c"})(log);
  });
  EXPECT_EQ(machine.Fall().Live(), "a b c");
}

TEST(RecordLogTest, WithoutSyncAFallTakesWhatWasPromised) {
  Machine machine(1, Bug::kAckBeforeFsync);
  (void)machine.Live(Appending({"a"}));
  EXPECT_EQ(machine.Fall(Disk::kKeep).Live(Appending({"b"})), "a");
  EXPECT_EQ(machine.Fall().Live(), "a");
}

TEST(RecordLogTest, WithoutItsDirectorySyncedANewLogIsLost) {
  Machine machine(1, Bug::kNoDirectorySync);
  (void)machine.Live(Appending({"a"}));
  EXPECT_EQ(machine.Fall().Live(), "");
}

TEST(RecordLogTest, BeforeItIsRewrittenNothingIsPromised) {
  Machine machine;
  TestKit(machine.world(), machine.node()).Run([&machine] {
    EXPECT_EQ(RecordLog(machine.files(), "/", Bug::kNone).Append("a").code(),
              absl::StatusCode::kFailedPrecondition);
  });
}

TEST(RecordLogTest, AfterAnErrorItPromisesNothingMore) {
  Machine machine;
  (void)machine.Live([&machine](RecordLog& log) {
    Appending({"a"})(log);
    machine.Set({.sync_error = Ratio::Always()});
    EXPECT_EQ(log.Append("b").code(), absl::StatusCode::kDataLoss);
    machine.Set({});
    EXPECT_EQ(log.Append("c").code(), absl::StatusCode::kDataLoss);
    EXPECT_EQ(log.Rewrite({"d"}).code(), absl::StatusCode::kDataLoss);
  });
  EXPECT_EQ(machine.Fall().Live(), "a");
}

// The process alone is restarted: the host's memory still shows what the disk does not have.
TEST(RecordLogTest, WhatAFailedSyncLeftInMemoryIsOnTheDiskOnceTheLogIsRewritten) {
  Machine machine;
  (void)machine.Live([&machine](RecordLog& log) {
    machine.Set({.sync_error = Ratio::Always()});
    EXPECT_FALSE(log.Append("a").ok());
    machine.Set({});
  });
  EXPECT_EQ(machine.Fall(Disk::kKeep).Live(Appending({"b"})), "a");
  EXPECT_EQ(machine.Fall().Live(), "a b");
}

TEST(RecordLogTest, AFailedSyncThatIsIgnoredIsAPromiseBroken) {
  Machine machine(1, Bug::kFsyncErrorIgnored);
  (void)machine.Live([&machine](RecordLog& log) {
    machine.Set({.sync_error = Ratio::Always()});
    Appending({"a"})(log);
  });
  EXPECT_EQ(machine.Fall().Live(), "");
}

// A record of three blocks is written when power fails: whatever is left of it, it is not there, or
// it is there whole; and nothing else is lost.
TEST(RecordLogTest, ATornTailIsCut) {
  std::set<std::string> seen;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    Machine machine(seed);
    (void)machine.Live([&machine](RecordLog& log) {
      Appending({"a"})(log);
      machine.Set({.tear = Ratio::Always(), .sync_error = Ratio::Always()});
      EXPECT_FALSE(log.Append(Long('b')).ok());
    });
    machine.Set({.tear = Ratio::Always()});
    seen.insert(machine.Fall().Live(Appending({"c"})));
    const std::string last = machine.Fall().Live();
    EXPECT_TRUE(last == "a c" || last == "a " + Long('b') + " c") << last;
  }
  EXPECT_EQ(seen, (std::set<std::string>{"a", "a " + Long('b')}));
}

TEST(RecordLogTest, WhatWasWrittenInPartIsCut) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    Machine machine(seed);
    (void)machine.Live([&machine](RecordLog& log) {
      Appending({"a"})(log);
      machine.Set({.full = Ratio::Always()});
      EXPECT_EQ(log.Append(Long('b')).code(), absl::StatusCode::kResourceExhausted);
      machine.Set({});
    });
    const std::string left = machine.Fall(Disk::kKeep).Live();
    EXPECT_TRUE(left == "a" || left == "a " + Long('b')) << left;
  }
}

TEST(RecordLogTest, ABitThatFlipsAnywhereIsNoticed) {
  for (size_t bit = 0; bit < 8 * 3 * kBlockBytes; bit += 37) {
    Machine machine;
    (void)machine.Live(Appending({"a", "b"}));
    machine.Change([bit](File& file) {
      std::string byte;
      (void)file.ReadAt(bit / 8, 1, byte);
      byte[0] = static_cast<char>(byte[0] ^ (1 << bit % 8));
      EXPECT_TRUE(file.WriteAt(bit / 8, byte).ok());
    });
    EXPECT_EQ(machine.Live(), "DATA_LOSS") << bit;
  }
}

// Block `from` is where block `to` should be.
void Misplace(Machine& machine, uint64_t from, uint64_t to) {
  machine.Change([from, to](File& file) {
    std::string block;
    (void)file.ReadAt(from * kBlockBytes, kBlockBytes, block);
    EXPECT_TRUE(file.WriteAt(to * kBlockBytes, block).ok());
  });
}

TEST(RecordLogTest, ABlockThatIsElsewhereIsNoticed) {
  for (const auto& [from, to] : {std::pair(2, 1), std::pair(1, 2), std::pair(0, 2)}) {
    Machine machine;
    (void)machine.Live(Appending({"a", "b"}));
    Misplace(machine, from, to);
    EXPECT_EQ(machine.Live(), "DATA_LOSS");
  }
  Machine machine(1, Bug::kNoPosition);
  (void)machine.Live(Appending({"a", "b"}));
  Misplace(machine, 2, 1);
  EXPECT_EQ(machine.Live(), "b b");
}

TEST(RecordLogTest, ABlockOfAnEarlierWritingIsNoticed) {
  Machine machine;
  std::string old;
  (void)machine.Live(Appending({"a", "b"}));
  machine.Change([&old](File& file) { (void)file.ReadAt(2 * kBlockBytes, kBlockBytes, old); });
  (void)machine.Live();
  machine.Change([&old](File& file) { (void)file.WriteAt(2 * kBlockBytes, old); });
  EXPECT_EQ(machine.Live(), "DATA_LOSS");
}

TEST(RecordLogTest, ABlankBlockBeforeALaterRecordIsALoss) {
  Machine machine;
  (void)machine.Live(Appending({"a", "b"}));
  machine.Change([](File& file) {
    EXPECT_TRUE(file.WriteAt(kBlockBytes, std::string(kBlockBytes, '\0')).ok());
  });
  EXPECT_EQ(machine.Live(), "DATA_LOSS");
}

TEST(RecordLogTest, ALogWithoutItsHeadIsALoss) {
  Machine machine;
  (void)machine.Live(Appending({"a"}));
  machine.Change([](File& file) { EXPECT_TRUE(file.Truncate(0).ok()); });
  EXPECT_EQ(machine.Live(), "DATA_LOSS");
}

TEST(RecordLogTest, AWriteThatWentElsewhereIsNotPromised) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Machine machine(seed);
    (void)machine.Live([&machine](RecordLog& log) {
      Appending({"a", "b"})(log);
      machine.Set({.misdirect_write = Ratio::Always()});
      EXPECT_EQ(log.Append("c").code(), absl::StatusCode::kDataLoss);
      machine.Set({});
    });
    const std::string left = machine.Fall(Disk::kKeep).Live();
    EXPECT_TRUE(left == "a b" || left == "DATA_LOSS") << left;
  }
}

TEST(RecordLogTest, ReadsThatFailOrGoAstrayNowAndThenAreTriedAgain) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Machine machine(seed);
    (void)machine.Live(Appending({"a", Long('b')}));
    machine.Set({.misdirect_read = {1, 10}, .read_error = {1, 4}});
    EXPECT_EQ(machine.Fall().Live(), "a " + Long('b'));
  }
}

TEST(RecordLogTest, ADiskThatCannotBeReadIsAnError) {
  Machine machine;
  (void)machine.Live(Appending({"a"}));
  machine.Set({.read_error = Ratio::Always()});
  EXPECT_EQ(machine.Live(), "DATA_LOSS");
  machine.Heal();
  EXPECT_EQ(machine.Live(), "a");
}

}  // namespace
}  // namespace examples::replicated_register
