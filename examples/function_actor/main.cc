// A node with a turnstile and one visitor.

#include <cstdio>

#include "examples/function_actor/function_actor.h"
#include "rehearse/net/node/run_node.h"

int main(int argc, char** argv) {
  using namespace examples::function_actor;  // NOLINT: a main
  return rehearse::net::RunNode(argc, argv, [](rehearse::Node& node) {
    const absl::StatusOr<Visit> visit = TryTurnstile(node);
    if (visit.ok()) {
      const auto told = [](bool passed) { return passed ? "let through" : "held back"; };
      std::printf("without a coin: %s\nwith a coin: %s\nonce more: %s\n", told(visit->without_coin),
                  told(visit->with_coin), told(visit->again));
    }
    node.Shutdown();
    return visit.status();
  });
}
