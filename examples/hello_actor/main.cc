// A node that says hello and ends: what follows "--" is whom to greet.

#include <cstdio>

#include "examples/hello_actor/hello_actor.h"
#include "rehearse/net/node/run_node.h"

int main(int argc, char** argv) {
  return rehearse::net::RunNode(argc, argv, [](rehearse::Node& node) {
    const std::string name = node.args().empty() ? "world" : node.args().front();
    const absl::StatusOr<std::string> greeting = examples::hello_actor::Hello(node, name);
    if (greeting.ok()) std::printf("%s\n", greeting->c_str());
    node.Shutdown();  // without it, a node serves on until it is told to end
    return greeting.status();
  });
}
