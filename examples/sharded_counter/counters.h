// Counters that each have a key, spread over the nodes of a cluster.

#ifndef EXAMPLES_SHARDED_COUNTER_COUNTERS_H_
#define EXAMPLES_SHARDED_COUNTER_COUNTERS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "examples/sharded_counter/counting.h"
#include "rehearse/actor/actor.h"
#include "rehearse/actor/node.h"
#include "rehearse/net/cluster/shards.h"

namespace examples::sharded_counter {

using CounterProtocol = rehearse::Protocol<Counted(Inc)>;
using Counters = rehearse::net::Shards<std::string, CounterProtocol>;

// It counts from zero where it is made anew: what is to outlive that is written elsewhere, with the
// shard's token (Sharded::token).
class Counter : public rehearse::Actor {
 public:
  Counted Handle(const Inc& inc) {
    count_ += inc.amount;
    return {.count = count_, .node = node().name()};
  }

 private:
  int64_t count_ = 0;
};

// Makes `node` a home of counters, and the way to all of them.
inline absl::StatusOr<Counters> StartCounters(rehearse::Node& node) {
  return rehearse::net::StartShards<std::string, CounterProtocol>(
      node, "counters",
      [](const rehearse::net::Sharded<std::string>&) { return rehearse::SpawnChild<Counter>(); },
      {.idle_timeout = absl::Minutes(10)});
}

}  // namespace examples::sharded_counter

#endif  // EXAMPLES_SHARDED_COUNTER_COUNTERS_H_
