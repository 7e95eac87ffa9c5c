// For real: "-- server IP PORT", and then "-- client IP PORT LINE…".

#include <cstdio>
#include <string>
#include <vector>

#include "examples/line_echo/line_echo.h"
#include "rehearse/net/node/run_node.h"

namespace {

namespace line_echo = examples::line_echo;
using Args = std::vector<std::string>;

rehearse::net::SocketAddress AddressOf(const Args& args) {
  uint32_t port = 0;
  (void)absl::SimpleAtoi(args[2], &port);
  return {args[1], static_cast<uint16_t>(port)};
}

absl::Status CheckArgs(const Args& args) {
  uint32_t port = 0;
  const bool names_all = args.size() >= 3 && (args[0] == "server" || args[0] == "client");
  if (names_all && absl::SimpleAtoi(args[2], &port) && port <= 0xffff) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "say \"-- server IP PORT\" or \"-- client IP PORT LINE LINE...\"");
}

absl::Status Program(rehearse::Node& node) {
  const Args& args = node.args();
  if (args[0] == "server") return line_echo::Serve(node, AddressOf(args));
  const auto answers = line_echo::Talk(node, AddressOf(args), Args(args.begin() + 3, args.end()));
  if (answers.ok()) {
    for (const std::string& answer : *answers) std::printf("%s\n", answer.c_str());
  }
  node.Shutdown();
  return answers.status();
}

}  // namespace

int main(int argc, char** argv) {
  return rehearse::net::RunNode(argc, argv, Program, {.check_args = CheckArgs});
}
