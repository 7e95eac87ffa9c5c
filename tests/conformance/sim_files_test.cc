// The simulated files keep the promises of Files, and their disk has an end.

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "rehearse/sim/schedule/decisions.h"
#include "rehearse/sim/storage/disk_faults.h"
#include "rehearse/sim/storage/sim_disk.h"
#include "rehearse/sim/storage/sim_files.h"
#include "rehearse/tests/conformance/files_conformance.h"
#include "rehearse/tests/conformance/sim_nodes.h"

namespace rehearse::sim {
namespace {

class SimFilesWorld final : public FilesWorld {
 public:
  explicit SimFilesWorld(const DiskFaults& faults) {
    disk_.SetFaults(faults);
    EXPECT_TRUE(disk_.MakeDirectory("/home").ok());
  }

  TwoNodes& nodes() override { return nodes_; }
  Files& files() override { return files_; }
  std::string directory() override { return "/home"; }

 private:
  const Decisions decisions_{1};
  SimDisk disk_{decisions_, 1};
  SimFiles files_{disk_};
  SimNodes nodes_{LinkOptions()};
};

FilesArm ArmWith(const std::string& name, const DiskFaults& faults) {
  return {name, [faults] { return std::make_unique<SimFilesWorld>(faults); }};
}

INSTANTIATE_TEST_SUITE_P(Sim, FilesConformance,
                         testing::Values(ArmWith("InVirtualTime", {}),
                                         ArmWith("OnASlowDisk",
                                                 {.latency = {.shape = Latency::Shape::kExponential,
                                                              .min = absl::Microseconds(10),
                                                              .max = absl::Milliseconds(2)},
                                                  .stall = {1, 100},
                                                  .stall_time = absl::Milliseconds(100)})),
                         [](const auto& arm) { return arm.param.name; });

constexpr uint64_t kBytesMax = DiskFaults().bytes_max;

TEST(SimDiskTest, IsFullAtItsEndAndHasRoomAgainWhenAFileIsGone) {
  const Decisions decisions(1);
  SimDisk disk(decisions, 1);
  const auto file = *disk.Open("/a", OpenMode::kCreate);
  EXPECT_TRUE(disk.Resize(*file, "/a", kBytesMax).ok());
  auto other = *disk.Open("/b", OpenMode::kCreate);
  EXPECT_EQ(disk.Write(*other, "/b", 0, "x").code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(disk.Resize(*file, "/a", kBytesMax - 1).ok());
  EXPECT_TRUE(disk.Write(*other, "/b", 0, "x").ok());
  EXPECT_TRUE(disk.Remove("/b").ok());
  EXPECT_EQ(disk.Write(*file, "/a", kBytesMax - 1, "y").code(),
            absl::StatusCode::kResourceExhausted);
  other = nullptr;
  EXPECT_TRUE(disk.Write(*file, "/a", kBytesMax - 1, "y").ok());
}

TEST(SimDiskTest, HasNoWayUp) {
  const Decisions decisions(1);
  SimDisk disk(decisions, 1);
  EXPECT_EQ(disk.Open("/a/../b", OpenMode::kCreate).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(disk.Open("//./b/", OpenMode::kCreate).ok());
  EXPECT_TRUE(disk.Open("b", OpenMode::kRead).ok());
}

}  // namespace
}  // namespace rehearse::sim
