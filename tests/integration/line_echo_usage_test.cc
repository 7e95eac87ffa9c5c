// The line server for real: two processes, over the host's TCP and UDP.

#include <gtest/gtest.h>

#include <csignal>
#include <string>

#include "tests/integration/child_process.h"

namespace rehearse {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(20);
constexpr char kBinary[] = "examples/line_echo/line_echo";

TEST(LineEchoUsageTest, AClientIsAnsweredInCapitals) {
  ChildProcess server({kBinary, "--", "server", "127.0.0.1", "0"});
  const std::string words = "asked at 127.0.0.1:";
  ASSERT_TRUE(server.AwaitWords(words, kPatience)) << server.err();
  ASSERT_TRUE(server.AwaitWords("\n", kPatience)) << server.err();
  const size_t start = server.err().find(words) + words.size();
  const std::string port = server.err().substr(start, server.err().find('\n', start) - start);

  ChildProcess client({kBinary, "--", "client", "127.0.0.1", port, "hello", "good bye"});
  EXPECT_EQ(client.Finish(kPatience), 0) << client.err();
  EXPECT_EQ(client.out(), "HELLO\nGOOD BYE\n");
  server.Signal(SIGTERM);
  EXPECT_EQ(server.Finish(kPatience), 0) << server.err();
}

}  // namespace
}  // namespace rehearse
