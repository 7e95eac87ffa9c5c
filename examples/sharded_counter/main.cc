// A node with some of a cluster's counters, for real.

#include <cstdio>
#include <string>

#include "absl/status/statusor.h"
#include "examples/sharded_counter/counters.h"
#include "examples/sharded_counter/visitor.h"
#include "rehearse/net/node/run_node.h"

namespace {

using examples::sharded_counter::Counted;
using examples::sharded_counter::Counters;
using examples::sharded_counter::StartCounters;
using examples::sharded_counter::Visitor;

constexpr char kDescription[] =
    "Counters by key, spread over all nodes that run this; which of them has which is nobody's\n"
    "care. A node that ends (SIGTERM) gives its own to the others first.\n";

constexpr char kArgsHelp[] = R"(Arguments, after "--": keys to count on, once a second.

Two nodes, in two terminals; ADDRESS is where the first says that it listens:
  sharded_counter --name=ada --names=gossip --listen=/ip4/127.0.0.1/udp/8020/quic-v1 -- cats dogs
  sharded_counter --name=ben --names=gossip --listen=/ip4/127.0.0.1/udp/8021/quic-v1 \
      --bootstrap=ADDRESS -- cats
)";

void Print(const std::string& key, const absl::StatusOr<Counted>& counted) {
  if (counted.ok()) {
    std::printf("%s: %lld, on node %s\n", key.c_str(), static_cast<long long>(counted->count),
                counted->node.c_str());
  } else {
    std::printf("%s: %s\n", key.c_str(), std::string(counted.status().message()).c_str());
  }
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const auto program = [](rehearse::Node& node) -> absl::Status {
    const absl::StatusOr<Counters> counters = StartCounters(node);
    if (!counters.ok()) return counters.status();
    node.Spawn<Visitor>(*counters, node.args(), absl::Seconds(1), &Print);
    return absl::OkStatus();
  };
  return rehearse::net::RunNode(argc, argv, program,
                                {.description = kDescription, .args_help = kArgsHelp});
}
