// A node whose clerk gets one bad entry, and goes on.

#include <cstdio>

#include "examples/supervised_worker/supervised_worker.h"
#include "rehearse/net/node/run_node.h"

int main(int argc, char** argv) {
  return rehearse::net::RunNode(argc, argv, [](rehearse::Node& node) {
    const absl::StatusOr<int> total = examples::supervised_worker::AddUp(
        node, {"20", "5", "a dozen", "30", "7"},
        [](const std::string& line) { std::printf("%s\n", line.c_str()); });
    if (total.ok()) std::printf("the total is %d\n", *total);
    node.Shutdown();
    return total.status();
  });
}
