// A node that plays and ends: what follows "--" is the number of rounds.

#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "examples/ping_pong/ping_pong.h"
#include "rehearse/net/node/run_node.h"

namespace {

constexpr int kRounds = 1000000;

int RoundsOf(const std::vector<std::string>& args) {
  int rounds = args.empty() ? kRounds : 0;
  if (args.size() == 1 && !absl::SimpleAtoi(args.front(), &rounds)) return 0;
  return rounds;
}

}  // namespace

int main(int argc, char** argv) {
  const auto program = [](rehearse::Node& node) {
    const int rounds = RoundsOf(node.args());
    const auto watch = node.clock().Now();
    const absl::Status status = examples::ping_pong::Play(node, rounds);
    const absl::Duration took = node.clock().Now() - watch;
    if (status.ok()) std::printf("%d rounds in %s\n", rounds, absl::FormatDuration(took).c_str());
    node.Shutdown();
    return status;
  };
  const auto check_args = [](const std::vector<std::string>& args) -> absl::Status {
    if (RoundsOf(args) > 0) return absl::OkStatus();
    return absl::InvalidArgumentError("say how many rounds, as in \"-- 1000\"");
  };
  return rehearse::net::RunNode(argc, argv, program, {.check_args = check_args});
}
