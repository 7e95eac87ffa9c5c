// A node of the counter, for real: "-- server" or "-- client".

#include <cstdio>

#include "examples/counter/counter_program.h"
#include "rehearse/net/node/run_node.h"

int main(int argc, char** argv) {
  const auto program = [](rehearse::Node& node) -> absl::Status {
    if (node.args().front() == "server") return examples::counter::Server(node);
    const absl::Status status = examples::counter::CountToThree(node);
    if (status.ok()) std::printf("counted to three\n");
    node.Shutdown();
    return status;
  };
  const auto check_args = [](const std::vector<std::string>& args) -> absl::Status {
    if (args.size() == 1 && (args[0] == "server" || args[0] == "client")) return absl::OkStatus();
    return absl::InvalidArgumentError("say \"-- server\" or \"-- client\"");
  };
  return rehearse::net::RunNode(argc, argv, program, {.check_args = check_args});
}
