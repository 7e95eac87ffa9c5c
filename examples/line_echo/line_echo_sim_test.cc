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

// Where so much is lost, a talk may break off. The client then begins another.
REHEARSE_TEST(LineEcho, AnswersEachLineOverLinksThatLoseAThird) {
  const NodeHandle server = world.AddNode("server", Server);
  world.SetLinks({.loss = {1, 3}, .duplicate = {1, 10}, .reorder = {1, 10}});
  Lines answers;
  world.AddNode("client", [&](Node& node) {
    while (answers.empty()) {
      const auto talk = Talk(node, {server.ip(), kPort}, {"hello", "", "good bye"});
      if (absl::IsCancelled(talk.status())) return talk.status();
      if (talk.ok()) answers = *talk;
    }
    return absl::OkStatus();
  });
  world.RunFor(absl::Seconds(30));
  world.HealAndSettle(absl::Seconds(60), [&] { return !answers.empty(); });
  REHEARSE_EXPECT_EQ(answers, (Lines{"HELLO", "", "GOOD BYE"}));
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
