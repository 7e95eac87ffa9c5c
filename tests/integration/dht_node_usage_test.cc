// The hash table for real: two servers and those who type commands, a process each, on loopback.

#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/integration/child_process.h"

namespace rehearse {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(20);
constexpr char kBinary[] = "examples/dht_node/dht_node";
constexpr char kListen[] = "--listen=/ip4/127.0.0.1/tcp/0";

// Takes in what `node` says until it has said `words`.
bool AwaitSaid(ChildProcess& node, const std::string& words) {
  constexpr absl::Duration kLook = absl::Milliseconds(50);
  for (absl::Duration left = kPatience; left > absl::ZeroDuration(); left -= kLook) {
    node.Listen(kLook);
    if (absl::StrContains(node.out(), words)) return true;
  }
  return false;
}

// The flag by which others join `server`, which has said where it is.
std::string JoinBy(const ChildProcess& server) {
  const std::string words = "serving at ";
  const size_t start = server.out().find(words) + words.size();
  return absl::StrCat("--join=", server.out().substr(start, server.out().find('\n') - start));
}

// What a client says that joins for one command; its last newline left out.
std::string Type(const std::string& join, const std::vector<std::string>& command) {
  std::vector<std::string> line = {kBinary, "--", join};
  line.insert(line.end(), command.begin(), command.end());
  ChildProcess client(line);
  EXPECT_EQ(client.Finish(kPatience), 0) << client.err();
  return client.out().substr(0, client.out().size() - 1);
}

TEST(DhtNodeUsageTest, WhatIsPutAndProvidedIsFound) {
  ChildProcess first({kBinary, "--", kListen, "serve"});
  ASSERT_TRUE(AwaitSaid(first, "\n")) << first.err();
  const std::string join = JoinBy(first);
  ChildProcess second({kBinary, "--", kListen, join, "provide", "a picture"});
  ASSERT_TRUE(AwaitSaid(second, "\nQm")) << second.err();

  const std::string key = Type(join, {"put", "color", "blue"});
  EXPECT_TRUE(absl::StartsWith(key, "/signed/color/")) << key;
  EXPECT_EQ(Type(join, {"get", key}), "blue");
  const std::string provider = JoinBy(second).substr(JoinBy(second).rfind('/') + 1);
  EXPECT_TRUE(absl::StartsWith(Type(join, {"find", "a picture"}), provider));
  EXPECT_TRUE(absl::StrContains(Type(join, {"peers"}), provider));

  first.Signal(SIGTERM);
  EXPECT_EQ(first.Finish(kPatience), 0) << first.err();
  // The second is left, and has it all.
  EXPECT_EQ(Type(JoinBy(second), {"get", key}), "blue");
  second.Signal(SIGINT);
  EXPECT_EQ(second.Finish(kPatience), 0) << second.err();
}

TEST(DhtNodeUsageTest, SaysWhatIsWrongBeforeItBegins) {
  ChildProcess node({kBinary, "--", "serve"});
  EXPECT_EQ(node.Finish(kPatience), 2);
  EXPECT_TRUE(absl::StrContains(node.err(), "--listen=")) << node.err();
}

}  // namespace
}  // namespace rehearse
