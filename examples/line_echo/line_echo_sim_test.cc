// The same programs in rehearsal, over links that lose, double and reorder.

#include "examples/line_echo/line_echo.h"
#include "rehearse/sim/runner/rehearse_test.h"

namespace examples::line_echo {
namespace {

using rehearse::Node;
using rehearse::sim::NodeHandle;
using rehearse::sim::World;
using Lines = std::vector<std::string>;

constexpr uint16_t kPort = 8021;

absl::Status Server(Node& node) { return Serve(node, {"0.0.0.0", kPort}); }

REHEARSE_TEST(LineEcho, AnswersEachLineOverLinksThatLoseAThird) {
  const NodeHandle server = world.AddNode("server", Server);
  world.SetLinks({.loss = {1, 3}, .duplicate = {1, 10}, .reorder = {1, 10}});
  absl::StatusOr<Lines> answers = Lines();
  world.AddNode("client", [&](Node& node) {
    answers = Talk(node, {server.ip(), kPort}, {"hello", "", "good bye"});
    return answers.status();
  });
  world.RunFor(absl::Seconds(30));
  REHEARSE_EXPECT_EQ(*answers, (Lines{"HELLO", "", "GOOD BYE"}));
}

REHEARSE_TEST(LineEcho, OneWhoSaysNothingKeepsNobodyElseWaiting) {
  const NodeHandle server = world.AddNode("server", Server);
  world.AddNode("silent", [&](Node& node) -> absl::Status {
    const auto there = FindLines(node, {server.ip(), kPort});
    if (!there.ok()) return there.status();
    const auto socket = net::SocketsOf(node).Connect(*there, kNever);
    return socket.ok() ? rehearse::Sleep(absl::Hours(1)) : socket.status();
  });
  int answered = 0;
  world.AddNodes("client", 3, [&](Node& node) {
    const auto answers = Talk(node, {server.ip(), kPort}, {node.name()});
    if (answers.ok()) ++answered;
    return answers.status();
  });
  world.RunFor(absl::Seconds(10));
  REHEARSE_EXPECT_EQ(answered, 3);
}

}  // namespace
}  // namespace examples::line_echo
