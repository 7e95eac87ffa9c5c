#include "rehearse/net/node/identity_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/match.h"
#include "rehearse/net/crypto/testing/seeded_entropy.h"
#include "rehearse/net/socket/testing/scratch_directory.h"

namespace rehearse::net {
namespace {

mode_t ModeOf(const std::string& path) {
  struct stat found;
  return stat(path.c_str(), &found) == 0 ? found.st_mode & 0777 : 0;
}

TEST(IdentityFileTest, IsMadeOnceForItsOwnerAlone) {
  const ScratchDirectory scratch;
  SeededEntropy entropy(1);
  const absl::StatusOr<Identity> made = ReadOrMakeIdentityFile(scratch.At("key"), entropy);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(ModeOf(scratch.At("key")), 0600u);
  const absl::StatusOr<Identity> read = ReadOrMakeIdentityFile(scratch.At("key"), entropy);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->peer_id(), made->peer_id());
}

TEST(IdentityFileTest, LeavesNothingElseBehind) {
  const ScratchDirectory scratch;
  SeededEntropy entropy(1);
  ASSERT_TRUE(ReadOrMakeIdentityFile(scratch.At("key"), entropy).ok());
  EXPECT_TRUE(
      absl::IsAlreadyExists(WriteIdentityFile(scratch.At("key"), Identity::Generate(entropy))));
  const std::filesystem::directory_iterator files(scratch.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
}

TEST(IdentityFileTest, IsRefusedIfOthersMayUseIt) {
  const ScratchDirectory scratch;
  SeededEntropy entropy(1);
  ASSERT_TRUE(ReadOrMakeIdentityFile(scratch.At("key"), entropy).ok());
  for (const mode_t mode : {0640u, 0604u, 0620u, 0601u, 0777u}) {
    ASSERT_EQ(chmod(scratch.At("key").c_str(), mode), 0);
    const absl::Status status = ReadOrMakeIdentityFile(scratch.At("key"), entropy).status();
    EXPECT_TRUE(absl::IsPermissionDenied(status)) << status;
    EXPECT_TRUE(absl::StrContains(status.message(), "chmod 600")) << status;
  }
  ASSERT_EQ(chmod(scratch.At("key").c_str(), 0400), 0);
  EXPECT_TRUE(ReadIdentityFile(scratch.At("key")).ok());
}

TEST(IdentityFileTest, IsNotReplacedIfItHoldsNoKey) {
  const ScratchDirectory scratch;
  SeededEntropy entropy(1);
  for (const std::string& content :
       {std::string(), std::string("no key"), std::string(9999, 'x')}) {
    std::ofstream(scratch.At("key")) << content;
    ASSERT_EQ(chmod(scratch.At("key").c_str(), 0600), 0);
    const absl::Status status = ReadOrMakeIdentityFile(scratch.At("key"), entropy).status();
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  }
}

TEST(IdentityFileTest, SaysWhereItCouldNotBeMade) {
  const ScratchDirectory scratch;
  SeededEntropy entropy(1);
  const absl::Status status = ReadOrMakeIdentityFile(scratch.At("none/key"), entropy).status();
  EXPECT_FALSE(status.ok());
  EXPECT_TRUE(absl::StrContains(status.message(), scratch.path())) << status;
  EXPECT_TRUE(absl::IsDataLoss(ReadIdentityFile(scratch.path()).status()) ||
              absl::IsPermissionDenied(ReadIdentityFile(scratch.path()).status()));
}

}  // namespace
}  // namespace rehearse::net
