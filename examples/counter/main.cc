// A node of the counter, for real: "-- server" or "-- client".

#include <cstdio>

#include "examples/counter/counter_program.h"
#include "rehearse/net/node/run_node.h"

int main(int argc, char** argv) {
  return rehearse::net::RunNode(argc, argv, [](rehearse::Node& node) -> absl::Status {
    if (node.args() == std::vector<std::string>{"server"}) return examples::counter::Server(node);
    const absl::Status status = examples::counter::CountToThree(node);
    if (status.ok()) std::printf("counted to three\n");
    node.Shutdown();
    return status;
  });
}
