#include "rehearse/sim/runner/build_identity.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace rehearse::sim {
namespace {

namespace fs = std::filesystem;

const std::string kCommit(40, 'a');
const std::string kOther(40, 'b');

class BuildIdentityTest : public testing::Test {
 protected:
  BuildIdentityTest() { fs::remove_all(root_), fs::create_directories(root_); }

  void Write(const std::string& path, const std::string& text) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  std::string Commit(const std::string& folder) const {
    fs::create_directories(root_ / folder);
    return CommitAround(root_ / folder);
  }

  const fs::path root_ = fs::path(testing::TempDir()) / "identity";
};

TEST_F(BuildIdentityTest, TheCommitIsThatOfTheBranchAbove) {
  Write(".git/HEAD", "ref: refs/heads/main\n");
  Write(".git/refs/heads/main", kCommit + "\n");
  EXPECT_EQ(Commit("a/b"), kCommit);
}

TEST_F(BuildIdentityTest, ABranchMayBePacked) {
  Write(".git/HEAD", "ref: refs/heads/main\n");
  Write(".git/packed-refs",
        "# pack-refs\n" + kOther + " refs/heads/other\n" + kCommit + " refs/heads/main\n");
  EXPECT_EQ(Commit("."), kCommit);
}

TEST_F(BuildIdentityTest, ThereMayBeNoBranch) {
  Write(".git/HEAD", kCommit + "\n");
  EXPECT_EQ(Commit("."), kCommit);
}

TEST_F(BuildIdentityTest, ASecondWorkTreeHasTheFirstOnesBranches) {
  Write("first/.git/worktrees/two/HEAD", "ref: refs/heads/two\n");
  Write("first/.git/worktrees/two/commondir", "../..\n");
  Write("first/.git/refs/heads/two", kCommit + "\n");
  Write("second/.git", "gitdir: " + (root_ / "first/.git/worktrees/two").string() + "\n");
  EXPECT_EQ(Commit("second"), kCommit);
}

TEST_F(BuildIdentityTest, WhatCannotBeUnderstoodIsUnknown) {
  Write(".git/HEAD", "ref: refs/heads/gone\n");
  EXPECT_EQ(Commit("."), "unknown");
  Write(".git/HEAD", "nonsense\n");
  EXPECT_EQ(Commit("."), "unknown");
  EXPECT_EQ(CommitAround("/"), "unknown");
}

TEST_F(BuildIdentityTest, ABinaryHasABuildIdOfItsOwn) {
  const auto none = [](const char*) -> const char* { return nullptr; };
  const BuildIdentity identity = IdentifyBuild(none);
  EXPECT_GE(identity.build.size(), 16u) << identity.build;
  EXPECT_EQ(identity.build, IdentifyBuild(none).build);
}

}  // namespace
}  // namespace rehearse::sim
