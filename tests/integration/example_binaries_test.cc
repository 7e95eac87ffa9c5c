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

INSTANTIATE_TEST_SUITE_P(All, ExampleBinaryTest,
                         testing::Values("counter/counter_node", "function_actor/function_actor",
                                         "hello_actor/hello_actor", "ping_pong/ping_pong",
                                         "rate_limiter/rate_limiter",
                                         "replicated_register/replicated_register"),
                         [](const auto& info) {
                           return std::string(info.param, info.param.find('/') + 1);
                         });

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

}  // namespace
}  // namespace rehearse
