// The host's files keep the promises of Files.

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "rehearse/tests/conformance/files_conformance.h"
#include "rehearse/tests/conformance/loopback_nodes.h"

namespace rehearse {
namespace {

class PosixFilesWorld final : public FilesWorld {
 public:
  explicit PosixFilesWorld(int workers) : nodes_(workers) {
    directory_ = absl::StrCat(testing::TempDir(), "/filesXXXXXX");
    EXPECT_NE(mkdtemp(directory_.data()), nullptr);
  }
  ~PosixFilesWorld() override { std::filesystem::remove_all(directory_); }

  TwoNodes& nodes() override { return nodes_; }
  Files& files() override { return nodes_.files(); }
  std::string directory() override { return directory_; }

 private:
  std::string directory_;
  LoopbackNodes nodes_;
};

FilesArm Workers(int workers) {
  return {absl::StrCat("On", workers, "Workers"),
          [workers] { return std::make_unique<PosixFilesWorld>(workers); }};
}

INSTANTIATE_TEST_SUITE_P(Posix, FilesConformance, testing::Values(Workers(1), Workers(2)),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace rehearse
