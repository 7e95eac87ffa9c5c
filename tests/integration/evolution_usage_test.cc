// A program of yesterday and one of today, each with its own schema alone: either serves the other.

#include <gtest/gtest.h>
#include <signal.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "rehearse/tests/integration/child_process.h"

namespace rehearse {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(40);
constexpr char kOld[] = "tests/integration/old_desk_node";
constexpr char kNew[] = "tests/integration/new_desk_node";

// What `customer` hears at the desk of `server`.
std::string Order(const std::string& customer, const std::string& server, const char* listen) {
  ChildProcess desk({server, "--name=server", absl::StrCat("--listen=", listen)});
  EXPECT_TRUE(desk.AwaitWords("listening at ", kPatience)) << desk.err();
  EXPECT_TRUE(desk.AwaitWords("\n", kPatience)) << desk.err();
  const std::vector<std::string> words = absl::StrSplit(desk.err(), "listening at ");
  const std::string address = words.back().substr(0, words.back().find('\n'));
  ChildProcess order({customer, "--name=customer", absl::StrCat("--peer=server=", address)});
  EXPECT_EQ(order.Finish(kPatience), 0) << order.err();
  desk.Signal(SIGTERM);
  EXPECT_EQ(desk.Finish(kPatience), 0) << desk.err();
  return order.err();
}

class EvolutionUsageTest : public testing::TestWithParam<const char*> {};

TEST_P(EvolutionUsageTest, TheOldProgramOrdersAtTheNew) {
  // What it did not say has its default.
  const std::string heard = Order(kOld, kNew, GetParam());
  EXPECT_TRUE(absl::StrContains(heard, "the desk says ada:5:nowhere:100.")) << heard;
}

TEST_P(EvolutionUsageTest, TheNewProgramOrdersAtTheOld) {
  // And a name that the old one does not know is its number.
  const std::string heard = Order(kNew, kOld, GetParam());
  EXPECT_TRUE(absl::StrContains(heard, "the desk says bob::2:2.")) << heard;
}

INSTANTIATE_TEST_SUITE_P(Transports, EvolutionUsageTest,
                         testing::Values("/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"));

}  // namespace
}  // namespace rehearse
