// A node that is in a hurry: three at once, then one each 200 ms.

#include <cstdio>

#include "examples/rate_limiter/rate_limiter.h"
#include "rehearse/net/node/run_node.h"

int main(int argc, char** argv) {
  using namespace examples::rate_limiter;  // NOLINT: a main
  return rehearse::net::RunNode(argc, argv, [](rehearse::Node& node) {
    const Limit limit{.burst = 3, .period = absl::Milliseconds(200)};
    const absl::Status status = Hurry(node, limit, 8, [](int number, absl::Duration after) {
      std::printf("request %d after %4d ms\n", number,
                  static_cast<int>(absl::ToInt64Milliseconds(after)));
    });
    node.Shutdown();
    return status;
  });
}
