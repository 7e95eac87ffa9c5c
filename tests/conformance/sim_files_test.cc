// The simulated files keep the promises of Files, and their disk has an end.

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "rehearse/sim/storage/sim_files.h"
#include "rehearse/tests/conformance/files_conformance.h"
#include "rehearse/tests/conformance/sim_nodes.h"

namespace rehearse::sim {
namespace {

class SimFilesWorld final : public FilesWorld {
 public:
  SimFilesWorld() { EXPECT_TRUE(disk_.MakeDirectory("/home").ok()); }

  TwoNodes& nodes() override { return nodes_; }
  Files& files() override { return files_; }
  std::string directory() override { return "/home"; }

 private:
  SimDisk disk_;
  SimFiles files_{disk_};
  SimNodes nodes_{LinkOptions()};
};

INSTANTIATE_TEST_SUITE_P(Sim, FilesConformance,
                         testing::Values(FilesArm{
                             "", [] { return std::make_unique<SimFilesWorld>(); }}),
                         [](const auto&) { return "InVirtualTime"; });

TEST(SimDiskTest, IsFullAtItsEndAndHasRoomAgainWhenAFileIsGone) {
  SimDisk disk;
  const auto file = *disk.Open("/a", OpenMode::kCreate);
  EXPECT_TRUE(disk.Resize(*file, "/a", SimDisk::kBytesMax).ok());
  auto other = *disk.Open("/b", OpenMode::kCreate);
  EXPECT_EQ(disk.Write(*other, "/b", 0, "x").code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(disk.Resize(*file, "/a", SimDisk::kBytesMax - 1).ok());
  EXPECT_TRUE(disk.Write(*other, "/b", 0, "x").ok());
  EXPECT_TRUE(disk.Remove("/b").ok());
  EXPECT_EQ(disk.Write(*file, "/a", SimDisk::kBytesMax - 1, "y").code(),
            absl::StatusCode::kResourceExhausted);
  other = nullptr;
  EXPECT_TRUE(disk.Write(*file, "/a", SimDisk::kBytesMax - 1, "y").ok());
}

TEST(SimDiskTest, HasNoWayUp) {
  SimDisk disk;
  EXPECT_EQ(disk.Open("/a/../b", OpenMode::kCreate).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(disk.Open("//./b/", OpenMode::kCreate).ok());
  EXPECT_TRUE(disk.Open("b", OpenMode::kRead).ok());
}

}  // namespace
}  // namespace rehearse::sim
