// The examples for real: what their binaries are made of, and what they print.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "rehearse/sim/hermetic/testing/subprocess.h"

namespace rehearse {
namespace {

using sim::SubprocessResult;
using Words = std::vector<std::string>;

SubprocessResult Play(const std::string& binary, Words arguments = {}) {
  arguments.insert(arguments.begin(), sim::Runfile("examples/" + binary));
  return sim::RunSubprocess(arguments, {.environment = {"PATH=/usr/bin:/bin"}});
}

class ExampleBinaryTest : public testing::TestWithParam<std::string> {};

TEST_P(ExampleBinaryTest, HasNothingOfTheSimulator) {
  const SubprocessResult symbols =
      sim::RunSubprocess({"/usr/bin/nm", "--demangle", sim::Runfile("examples/" + GetParam())},
                         {.environment = {"LC_ALL=C"}});
  ASSERT_EQ(symbols.exit_code, 0) << symbols.err;
  EXPECT_TRUE(absl::StrContains(symbols.out, "rehearse::net::RunNode("));
  EXPECT_FALSE(absl::StrContains(symbols.out, "rehearse::sim::"));
  EXPECT_FALSE(absl::StrContains(symbols.out, "testing::Test"));
  // The clock that it reads is the host's.
  EXPECT_FALSE(absl::StrContains(symbols.out, " T clock_gettime"));
}

INSTANTIATE_TEST_SUITE_P(
    All, ExampleBinaryTest,
    testing::Values("chat/chat", "cluster_counter/cluster_counter", "counter/counter_node",
                    "function_actor/function_actor", "hello_actor/hello_actor",
                    "line_echo/line_echo", "ping_pong/ping_pong", "pool/pool",
                    "pubsub_chat/pubsub_chat", "rate_limiter/rate_limiter",
                    "replicated_register/replicated_register", "sharded_counter/sharded_counter",
                    "supervised_worker/supervised_worker"),
    [](const auto& info) { return std::string(info.param, info.param.find('/') + 1); });

TEST(ExampleRunTest, HelloActorGreetsWhomItIsTold) {
  EXPECT_EQ(Play("hello_actor/hello_actor").out, "Hello, world! I have greeted 2 so far.\n");
  const SubprocessResult hello = Play("hello_actor/hello_actor", {"--", "Ada"});
  EXPECT_EQ(hello.exit_code, 0) << hello.err;
  EXPECT_EQ(hello.out, "Hello, Ada! I have greeted 2 so far.\n");
}

TEST(ExampleRunTest, PingPongPlaysItsRoundsAndRefusesNone) {
  const SubprocessResult game = Play("ping_pong/ping_pong", {"--", "1000"});
  EXPECT_EQ(game.exit_code, 0) << game.err;
  EXPECT_TRUE(absl::StartsWith(game.out, "1000 rounds in ")) << game.out;
  EXPECT_EQ(Play("ping_pong/ping_pong", {"--", "0"}).exit_code, 2);
}

TEST(ExampleRunTest, RateLimiterLetsAllPassInTheEnd) {
  const SubprocessResult hurry = Play("rate_limiter/rate_limiter");
  EXPECT_EQ(hurry.exit_code, 0) << hurry.err;
  EXPECT_TRUE(absl::StrContains(hurry.out, "request 8 after ")) << hurry.out;
}

TEST(ExampleRunTest, FunctionActorHoldsBackWhoDoesNotPay) {
  const SubprocessResult visit = Play("function_actor/function_actor");
  EXPECT_EQ(visit.exit_code, 0) << visit.err;
  EXPECT_EQ(visit.out,
            "without a coin: held back\nwith a coin: let through\nonce more: held back\n");
}

TEST(ExampleRunTest, SupervisedWorkerComesBackAndLosesOneEntry) {
  const SubprocessResult office = Play("supervised_worker/supervised_worker");
  EXPECT_EQ(office.exit_code, 0) << office.err;
  EXPECT_EQ(office.out,
            "the clerk begins at 0\nadds 20: 20\nadds 5: 25\nthe clerk ends: panicked: stoi\n"
            "the clerk begins at 0\nadds 30: 30\nadds 7: 37\nthe total is 37\n"
            "the clerk ends: stopped\n");
}

TEST(ExampleRunTest, PoolSharesThePhotosAndRefusesToHaveNobody) {
  const SubprocessResult photos = Play("pool/pool", {"--", "3"});
  EXPECT_EQ(photos.exit_code, 0) << photos.err;
  EXPECT_TRUE(absl::StartsWith(photos.out, "12 photos by 3: at most ")) << photos.out;
  EXPECT_EQ(Play("pool/pool", {"--", "0"}).exit_code, 2);
}

TEST(ExampleRunTest, PubsubChatIsHeardByWhoIsThere) {
  const SubprocessResult chat = Play("pubsub_chat/pubsub_chat");
  EXPECT_EQ(chat.exit_code, 0) << chat.err;
  EXPECT_EQ(chat.out, "Ben: Soup is ready.\nAda: Look, a hedgehog.\n");
}

}  // namespace
}  // namespace rehearse
