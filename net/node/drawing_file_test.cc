#include "rehearse/net/node/drawing_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/match.h"

namespace rehearse::net {
namespace {

std::string ContentsOf(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(DrawingFileTest, IsWholeOnceItIsClosed) {
  const std::string path = testing::TempDir() + "/whole.json";
  auto file = DrawingFile::Create(path, 2, {});
  ASSERT_TRUE(file.ok()) << file.status();
  (*file)->observer(1).NodeBegan(NodeId{}, "server", Instant());
  (*file)->observer(0).Ended({.node = {}, .id = {1}, .class_name = "Counter"}, Instant());
  EXPECT_TRUE((*file)->Close().ok());
  const std::string text = ContentsOf(path);
  EXPECT_TRUE(absl::StartsWith(text, "[\n{")) << text;
  EXPECT_TRUE(absl::StrContains(text, "server")) << text;
  EXPECT_TRUE(absl::StrContains(text, "\"end\"")) << text;
  EXPECT_TRUE(absl::EndsWith(text, "}\n]\n")) << text;
  EXPECT_TRUE((*file)->Close().ok());  // once more, and nothing happens
}

TEST(DrawingFileTest, NamesAFileThatItCannotWrite) {
  const auto file = DrawingFile::Create("/nonexistent/trace.json", 1, {});
  EXPECT_EQ(file.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(absl::StrContains(file.status().message(), "/nonexistent/trace.json: No such file"))
      << file.status();
}

TEST(DrawingFileTest, SaysThatADiskIsFull) {
  auto file = DrawingFile::Create("/dev/full", 1, {});
  ASSERT_TRUE(file.ok()) << file.status();
  const absl::Status closed = (*file)->Close();
  EXPECT_TRUE(absl::StrContains(closed.message(), "/dev/full")) << closed;
}

}  // namespace
}  // namespace rehearse::net
